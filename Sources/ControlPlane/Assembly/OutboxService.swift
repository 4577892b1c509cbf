import AsyncAlgorithms
import Logging
import Operations
import ServiceLifecycle
import Synchronization

/// Sends notifications as soon as they are queued, by whomever; and looks every second for what is to be tried again.
struct OutboxService: Service {
    let outbox: Outbox
    let pulse: any Clock<Duration>
    let logger: Logger

    func run() async throws { await run(pulse) }

    private func run(_ pulse: some Clock<Duration>) async {
        let ticks = AsyncTimerSequence(interval: .seconds(1), clock: pulse).map { _ in () }
        let last = LastFailure()
        await outbox.deliver(at: merge(ticks, outbox.hints).cancelOnGracefulShutdown()) { [logger] error in
            let failure = error.map { "\($0)" }
            if let failure, last.isNews(failure) {
                logger.warning("outbox failed", metadata: ["error": "\(failure)"])
            } else if failure == nil {
                last.forget()
            }
        }
    }
}

/// What failed last, so that it is said once.
private final class LastFailure: Sendable {
    private let text = Mutex<String?>(nil)

    func isNews(_ failure: String) -> Bool {
        text.withLock { last in
            defer { last = failure }
            return last != failure
        }
    }

    func forget() { text.withLock { $0 = nil } }
}
