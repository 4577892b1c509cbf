/// Stops calling what keeps failing. A value: the time comes in, as seconds on any clock that only goes forward.
///
/// `closed` → `open` after `failureThreshold` failures in a row; `open` → `halfOpen` when `openSeconds` have passed;
/// `halfOpen` → `closed` after `successThreshold` successes, → `open` on any failure.
package struct CircuitBreaker: Sendable, Equatable {
    package enum State: Sendable, Equatable {
        case closed(failures: Int)
        case open(until: Double)
        case halfOpen(successes: Int)
    }

    package static let failureThreshold = 5
    package static let openSeconds = 60.0
    package static let successThreshold = 3

    package private(set) var state = State.closed(failures: 0)

    package init() {}

    /// Asks before each call.
    /// - Returns: nil to go ahead, or the seconds until it is worth asking again.
    package mutating func admit(at now: Double) -> Double? {
        guard case .open(let until) = state else { return nil }
        guard now >= until else { return until - now }
        state = .halfOpen(successes: 0)
        return nil
    }

    package mutating func succeeded() {
        switch state {
        case .closed: state = .closed(failures: 0)
        case .open: break
        case .halfOpen(let successes):
            state = successes + 1 >= Self.successThreshold ? .closed(failures: 0) : .halfOpen(successes: successes + 1)
        }
    }

    package mutating func failed(at now: Double) {
        switch state {
        case .closed(let failures):
            let next = failures + 1
            state = next >= Self.failureThreshold ? .open(until: now + Self.openSeconds) : .closed(failures: next)
        case .open: break
        case .halfOpen: state = .open(until: now + Self.openSeconds)
        }
    }

    /// For metrics and health.
    package var name: String {
        switch state {
        case .closed: "closed"
        case .open: "open"
        case .halfOpen: "half_open"
        }
    }
}
