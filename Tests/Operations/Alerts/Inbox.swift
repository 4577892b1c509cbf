import Rollouts
import Synchronization

@testable import Operations

final class SetClock: WallClock {
    private let time = Mutex(alertStart)
    var now: Timestamp { time.withLock { $0 } }
    func set(_ now: Timestamp) { time.withLock { $0 = now } }
    func advance(_ by: Duration) { time.withLock { $0 = $0 + by } }
}

/// Takes messages, or does not.
final class Inbox: Sendable {
    struct State {
        var outcome = SendOutcome.delivered
        var seen: [AlertNotification] = []
        var attempts = 0
    }

    private let state = Mutex(State())

    func answer(_ outcome: SendOutcome) { state.withLock { $0.outcome = outcome } }
    var seen: [AlertNotification] { state.withLock { $0.seen } }
    var attempts: Int { state.withLock { $0.attempts } }

    func take(_ notification: AlertNotification) -> SendOutcome {
        state.withLock { state in
            state.attempts += 1
            if state.outcome == .delivered { state.seen.append(notification) }
            return state.outcome
        }
    }
}
