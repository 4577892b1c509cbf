import Definitions
import Logging
import Rollouts
import Storage

/// What came of one attempt to tell a receiver.
package enum SendOutcome: Sendable, Equatable {
    case delivered
    /// It did not work, and may later.
    case later(String)
    /// It will never work: the receiver does not want this message.
    case refused(String)
}

/// Delivers what `AlertStore` queued: each receiver's in order, one after the other, again and again with back-off until it
/// is taken. A receiver that does not answer holds up nobody else. Several control planes may deliver at once: what one has
/// claimed, no other sends. Whoever is ended between sending and writing it down leaves a claim that runs out; then the
/// message is sent again, with the same idempotency key.
package struct Outbox: Sendable {
    /// What could not be delivered for so long is given up; it stays listed with its failure.
    package static let patience = Duration.seconds(3 * 86_400)
    /// How long an attempt may take before somebody else may make one: as long as any receiver may take
    /// (`AlertCommand.longest`), and as much as clocks may differ (`AlertBoard.maximumSkew`).
    static let claim = AlertCommand.longest + AlertBoard.maximumSkew
    static let longestWait = Duration.seconds(60)

    package typealias Send = @Sendable (AlertNotification) async -> SendOutcome

    private let database: any Database
    private let clock: any WallClock
    private let holder: String
    private let log: Logger
    private let metrics: AlertMetrics?
    private let send: Send

    /// - Parameters:
    ///   - holder: who claims, such as an engine's own id.
    ///   - metrics: counts attempts, for whoever scrapes; nil for nobody.
    package init(
        database: any Database, clock: any WallClock, holder: String, log: Logger, metrics: AlertMetrics? = nil,
        send: @escaping Send
    ) {
        self.database = database
        self.clock = clock
        self.holder = holder
        self.log = log
        self.metrics = metrics
        self.send = send
    }

    /// Emits when there may be something to send.
    package var hints: AsyncStream<Void> { database.hints(topic: AlertTables.topic) }

    /// Sends what is due, until nothing is: receivers at the same time, the messages of each one after the other.
    package func deliver() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for head in try await claimHeads() { group.addTask { try await follow(head) } }
            try await group.waitForAll()
        }
    }

    /// Sends what is due at each tick, without waiting for what was begun at earlier ones.
    /// - Parameters:
    ///   - ticks: when they end, what was begun is brought to its end and nothing else is begun.
    ///   - failed: hears of what the database refuses, and with nil that all is well again.
    package func deliver<Ticks: AsyncSequence & Sendable>(
        at ticks: Ticks, failed: @Sendable @escaping ((any Error)?) async -> Void
    ) async where Ticks.Element == Void, Ticks.Failure == Never {
        let ending = Ending()
        await withDiscardingTaskGroup { group in
            for await _ in ticks {
                do {
                    for head in try await claimHeads() {
                        group.addTask {
                            do { try await follow(head, until: ending) } catch { await failed(error) }
                        }
                    }
                    await failed(nil)
                } catch {
                    await failed(error)
                }
            }
            ending.begin()
        }
    }

    /// Sends this message and those behind it.
    private func follow(_ head: Claimed, until ending: Ending? = nil) async throws {
        var next: Claimed? = head
        while let claimed = next {
            try await attempt(claimed)
            next = ending?.hasBegun == true ? nil : try await claimHeads(after: claimed.notification).first
        }
    }

    private func attempt(_ claimed: Claimed) async throws {
        let (notification, holder) = (claimed.notification, holder)
        let now = clock.now
        let isStale = notification.expires.map { $0 <= now } ?? false
        let outcome = isStale ? .refused("it came too late to be of use") : await send(notification)
        metrics?.told(notification, outcome)
        let end = clock.now
        try await database.write(.readCommitted) { connection in
            try claimed.settle(outcome, holder: holder, now: end, connection)
        }
        switch outcome {
        case .delivered: break
        case .later(let why), .refused(let why):
            log.warning(
                "alert not delivered",
                metadata: ["id": "\(notification.id)", "why": "\(why)", "try": "\(claimed.attempts + 1)"])
        }
    }

    /// The first open message of each receiver, if it is due and nobody has it.
    /// - Parameter last: of whose receiver alone; nil for all of them.
    private func claimHeads(after last: AlertNotification? = nil) async throws -> [Claimed] {
        let (now, holder) = (clock.now, holder)
        let isAnything = try await database.read(.eachStatement) { connection in
            try connection.first("SELECT 1 AS found FROM alert_notifications WHERE ended_at IS NULL LIMIT 1") != nil
        }
        guard isAnything else { return [] }
        return try await database.write(.readCommitted) { connection in
            try Claimed.heads(after: last, connection).filter { try $0.take(for: holder, now: now, connection) }
        }
    }
}
