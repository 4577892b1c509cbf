import HTTPClient
import Logging
import Rollouts
import Storage
import Synchronization
import TestSupport
import Testing

@testable import Operations

private let start = Timestamp(microseconds: 1_700_000_000_000_000)

private func database(_ folder: TemporaryFolder) async throws -> any Database {
    let database = try Databases.open(address: "sqlite:\(folder.file("alerts.sqlite"))")
    try await AlertStore.migrator.migrate(database, now: start.microseconds)
    return database
}

private func rolledBack() -> AlertFacts {
    AlertFacts(
        environment: "dev",
        lastRollout: .init(id: "r1", release: "v2", serving: "v1", outcome: .rolledBack, why: "error rate 21 %"))
}

@Suite(.timeLimit(.minutes(1))) struct `Alert conditions` {
    private func names(_ facts: AlertFacts) -> [String] {
        AlertConditions.firing(facts, now: start).map { "\($0.name)/\($0.service ?? "-")" }
    }

    private func service(ready: Int = 2, failures: Int = 0, breach: String? = nil) -> AlertFacts {
        AlertFacts(
            environment: "dev",
            services: [
                .init(
                    name: "worker", desired: 2, ready: ready, healthFailures: failures, allowedFailures: 3,
                    breach: breach)
            ])
    }

    @Test func `a rollback, a failed one, a breach, a dead service and a reached budget fire`() {
        #expect(names(rolledBack()) == ["ReleaseRolledBack/-"])
        #expect(names(service(ready: 0)) == ["ServiceDown/worker"])
        #expect(names(service(failures: 4)) == ["ServiceDown/worker"])
        #expect(names(service(breach: "error rate 9 %")) == ["ThresholdBreached/worker"])
        let budget = AlertFacts.Budget(scope: "total", spent: "25", limit: "25", reached: true)
        #expect(names(AlertFacts(environment: "dev", budgets: [budget])) == ["BudgetReached/total"])
    }

    @Test func `a breach is told as the judge told it`() {
        let alerts = AlertConditions.firing(service(breach: "worker: 20 of 229 requests failed"), now: start)
        #expect(alerts.map(\.summary) == ["worker: 20 of 229 requests failed"])
    }

    @Test func `a breach is not over because nothing is judged or measured`() {
        var facts = service()
        #expect(AlertConditions.decidable(facts).contains(.thresholdBreached))
        facts.services?[0].isJudged = false
        #expect(AlertConditions.decidable(facts) == [.serviceDown])
    }

    @Test func `the third failure in a row does not fire where more than three do`() {
        #expect(names(service(ready: 1, failures: 3)).isEmpty)
    }
}

@Suite(.timeLimit(.minutes(1))) struct `The alert store` {
    @Test func `queues one notification per change and receiver, however often it is settled`() async throws {
        let folder = try TemporaryFolder()
        let database = try await database(folder)
        let store = AlertStore(database: database)
        let receivers = ["http://a", "http://b"]
        for _ in 0..<3 { try await store.settle(rolledBack(), receivers: receivers, now: start) }
        var cleared = rolledBack()
        cleared.lastRollout?.outcome = .succeeded
        for _ in 0..<3 { try await store.settle(cleared, receivers: receivers, now: start + .seconds(9)) }
        let rows = try await database.read { try $0.query("SELECT payload FROM notifications", []) }
        #expect(rows.count == 4)
        let alerts = try await store.list()
        #expect(alerts.map(\.state) == [.resolved])
        #expect(alerts.first?.endedAt == start + .seconds(9))
        await database.close()
    }

    @Test func `does not resolve what the facts do not decide`() async throws {
        let folder = try TemporaryFolder()
        let database = try await database(folder)
        let store = AlertStore(database: database)
        try await store.settle(rolledBack(), receivers: [], now: start)
        try await store.settle(AlertFacts(environment: "dev", services: []), receivers: [], now: start)
        try await store.settle(
            AlertFacts(environment: "staging", lastRollout: rolledBack().lastRollout), receivers: [], now: start)
        #expect(try await store.firing(environment: "dev").count == 1)
        await database.close()
    }
}

/// Answers what it is told, and remembers what it was sent.
private final class Receiver: HTTPSending {
    private let state: Mutex<(answers: [Int], keys: [String])>

    init(answers: [Int]) { state = Mutex((answers, [])) }

    var keys: [String] { state.withLock { $0.keys } }

    func send(_ request: HTTPRequest) async throws(HTTPError) -> HTTPResponse {
        let status = state.withLock { state in
            state.keys.append(request.headers.first { $0.name == "Idempotency-Key" }?.value ?? "")
            return state.answers.isEmpty ? 200 : state.answers.removeFirst()
        }
        return HTTPResponse(status: status, headers: [], body: [], timings: HTTPTimings())
    }

    func stream(_ request: HTTPRequest) async throws(HTTPError) -> HTTPStreamedResponse {
        throw .invalidRequest(url: request.url, reason: "not used here")
    }
}

private final class SetClock: WallClock {
    private let time = Mutex(start)
    var now: Timestamp { time.withLock { $0 } }
    func advance(_ by: Duration) { time.withLock { $0 = $0 + by } }
}

@Suite(.timeLimit(.minutes(1))) struct `What alerts leave behind` {
    @Test func `is removed when it is over and old, and what fires or was not delivered is not`() async throws {
        let folder = try TemporaryFolder()
        let database = try await database(folder)
        let store = AlertStore(database: database)
        var other = rolledBack()
        other.environment = "staging"
        for facts in [rolledBack(), other] { try await store.settle(facts, receivers: ["http://a"], now: start) }
        var fine = rolledBack()
        fine.lastRollout?.outcome = .succeeded
        try await store.settle(fine, receivers: ["http://a"], now: start + .seconds(60))
        let clock = SetClock()
        clock.advance(.seconds(120))
        let outbox = Outbox(
            database: database, http: Receiver(answers: [200, 200, 500]), clock: clock, log: .init(label: "test"))
        _ = try await outbox.deliver()

        #expect(try await store.removeSettled(environment: "dev", before: start) == 0)
        #expect(try await store.removeSettled(environment: "dev", before: start + .seconds(600)) == 3)
        #expect(try await store.removeSettled(environment: "staging", before: start + .seconds(600)) == 0)
        let left = try await database.read { connection in
            (
                try connection.query("SELECT environment FROM alerts").count,
                try connection.query("SELECT id FROM notifications").count
            )
        }
        #expect(left == (1, 1))
        await database.close()
    }
}

@Suite(.timeLimit(.minutes(1))) struct `The outbox` {
    @Test func `tries again later with the same key until the receiver takes it, and then no more`() async throws {
        let folder = try TemporaryFolder()
        let database = try await database(folder)
        try await AlertStore(database: database).settle(rolledBack(), receivers: ["http://a"], now: start)
        let receiver = Receiver(answers: [500, 503])
        let clock = SetClock()
        let outbox = Outbox(database: database, http: receiver, clock: clock, log: .init(label: "test"))
        #expect(try await outbox.deliver() == start + .seconds(1))
        #expect(try await outbox.deliver() == start + .seconds(1))
        #expect(receiver.keys.count == 1)
        clock.advance(.seconds(1))
        #expect(try await outbox.deliver() == start + .seconds(3))
        clock.advance(.seconds(2))
        #expect(try await outbox.deliver() == nil)
        clock.advance(.seconds(100))
        _ = try await outbox.deliver()
        #expect(receiver.keys.count == 3)
        #expect(Set(receiver.keys).count == 1)
        await database.close()
    }
}
