import AsyncAlgorithms
import Logging
import Operations
import ServiceLifecycle

/// Sends notifications as soon as they are queued, by whomever; and looks every second for what is to be tried again.
struct OutboxService: Service {
    let outbox: Outbox
    let logger: Logger

    func run() async throws {
        var lastFailure: String?
        let ticks = AsyncTimerSequence(interval: .seconds(1), clock: ContinuousClock()).map { _ in () }
        for await _ in merge(ticks, outbox.hints).cancelOnGracefulShutdown() {
            do {
                try await outbox.deliver()
                lastFailure = nil
            } catch {
                let failure = "\(error)"
                if failure != lastFailure { logger.warning("outbox failed", metadata: ["error": "\(failure)"]) }
                lastFailure = failure
            }
        }
    }
}
