import AsyncAlgorithms
import Documents
import Logging
import ServiceLifecycle
import Storage
import Synchronization

/// Delivers the outbox. Each receiver has lanes of its own, so that a slow one holds up nobody else, and a slow answer no
/// other job's events; the database sees to it that several workers do not send the same at once.
struct EventDelivery: Service {
    /// How many jobs' events go to one receiver at once.
    static let lanes = 4
    static let pollInterval = Duration.milliseconds(500)
    /// Longer than the last event may take that is begun within half of it.
    static let lease = Duration.seconds(60)

    let environment: WorkerEnvironment
    let receivers: [EventReceiver]
    let sender: EventSender
    let metrics: WorkerMetrics

    func run() async throws {
        await withDiscardingTaskGroup { group in
            for receiver in receivers { group.addTask { await serve(receiver) } }
        }
    }

    private func serve(_ receiver: EventReceiver) async {
        let (wakes, wake) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
        let busy = Count()
        await withDiscardingTaskGroup { group in
            group.addTask {
                let timer = AsyncTimerSequence(interval: Self.pollInterval, clock: .continuous)
                for await _ in timer.cancelOnGracefulShutdown() { wake.yield() }
                wake.finish()
            }
            for await _ in wakes {
                let free = Self.lanes - busy.value
                guard free > 0 else { continue }
                for stream in await claim(for: receiver, limit: free) {
                    busy.add(1)
                    group.addTask {
                        await deliver(stream, to: receiver)
                        busy.add(-1)
                        wake.yield()
                    }
                }
            }
        }
    }

    /// What is due for a receiver; new events are handed to the streams first.
    func claim(for receiver: EventReceiver, limit: Int) async -> [EventStream] {
        let (now, names, name) = (environment.now(), receivers.map(\.name), receiver.name)
        do {
            let hasWork = try await environment.database.read { connection in
                try EventStreams.hasWork(for: name, now: now, on: connection)
            }
            guard hasWork else { return [] }
            return try await environment.database.write { connection in
                try EventStreams.relay(to: names, now: now, on: connection)
                return try EventStreams.claim(
                    for: name, limit: limit, lease: Self.lease.microseconds, now: now, on: connection)
            }
        } catch {
            environment.logger.error("no events can be claimed for \(name): \(error)")
            return []
        }
    }

    /// Sends a stream's events one after the other until one fails, the lease is half over, or the worker stops.
    func deliver(_ stream: EventStream, to receiver: EventReceiver) async {
        let end = environment.now() + Self.lease.microseconds / 2
        var outcome = EventStreamOutcome(delivered: 0)
        for event in stream.events {
            guard environment.now() < end, !Task.isShuttingDownGracefully else { break }
            if let reason = await sender.send(event, to: receiver, now: environment.now()) {
                outcome = failed(outcome.delivered, reason, stream)
                break
            }
            outcome.delivered += 1
        }
        metrics.events(outcome)
        await settle(stream, outcome)
    }

    private func failed(_ delivered: Int, _ reason: String, _ stream: EventStream) -> EventStreamOutcome {
        let delay = DeliverySchedule.delay(after: stream.failures(after: delivered), jitter: environment.jitter())
        return EventStreamOutcome(
            delivered: delivered, failure: reason, retryAt: delay.map { environment.now() + $0.microseconds })
    }

    private func settle(_ stream: EventStream, _ outcome: EventStreamOutcome) async {
        let now = environment.now()
        if let failure = outcome.failure {
            let end = outcome.retryAt == nil ? "a dead letter now: pipeline events list" : "it is sent again later"
            environment.logger.warning(
                "\(stream.receiver) did not take an event of \(stream.jobID), \(end): \(failure)")
        }
        do {
            let held = try await environment.database.write { connection in
                try EventStreams.settle(stream, outcome, now: now, on: connection)
            }
            if !held { environment.logger.warning("another worker sends the events of \(stream.jobID) by now") }
        } catch {
            environment.logger.error("what \(stream.receiver) took cannot be recorded; it is sent again: \(error)")
        }
    }
}

/// How many lanes of a receiver are taken.
private final class Count: Sendable {
    private let count = Mutex(0)

    var value: Int { count.withLock { $0 } }

    func add(_ more: Int) { count.withLock { $0 += more } }
}
