import Foundation
import HTTPClient
import Logging
import Operations
import Rollouts
import Storage
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1))) struct `The alert inbox` {
    private struct Kept: Decodable {
        var status: String
        var receiver: String
        var commonLabels: [String: String]
        var commonAnnotations: [String: String]
    }

    private struct Now: WallClock {
        let now = Timestamp(microseconds: 1_700_000_000_000_000)
    }

    @Test func `gets an alert that was raised, and that it is over`() async throws {
        try await RunningSimulator.with { simulator in
            let database = try Databases.open(address: "sqlite:\(simulator.folder.file("alerts.sqlite"))")
            let clock = Now()
            try await AlertStore.migrator.migrate(database, now: clock.now.microseconds)
            let store = AlertStore(database: database)
            let outbox = Outbox(
                database: database, http: simulator.http, clock: clock,
                log: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
            let receivers = ["\(simulator.base)/_alerts"]
            var facts = AlertFacts(environment: "dev", services: [Self.worker(ready: 0)])
            try await store.settle(facts, receivers: receivers, now: clock.now)
            #expect(try await outbox.deliver() == nil)
            facts.services = [Self.worker(ready: 2)]
            try await store.settle(facts, receivers: receivers, now: clock.now)
            #expect(try await outbox.deliver() == nil)

            let kept = try await Self.kept(simulator)
            #expect(kept.map(\.status) == ["firing", "resolved"])
            #expect(kept.allSatisfy { $0.receiver == receivers[0] })
            #expect(kept.allSatisfy { $0.commonLabels["alertname"] == "ServiceDown" })
            #expect(kept.first?.commonAnnotations["runbook"] == "runbooks/service-down.md")
            await database.close()
        }
    }

    @Test func `refuses what is no JSON, and forgets the oldest of too many`() async throws {
        try await RunningSimulator.with { simulator in
            #expect(try await Self.post("no", simulator) == 400)
            for number in 0..<205 {
                let status = try await Self.post(
                    #"{"status":"\#(number)","receiver":"r","commonLabels":{},"commonAnnotations":{}}"#, simulator)
                #expect(status == 200)
            }
            let kept = try await Self.kept(simulator)
            #expect(kept.map(\.status) == (5..<205).map(String.init))
        }
    }

    private static func worker(ready: Int) -> AlertFacts.Service {
        .init(name: "worker", desired: 2, ready: ready, healthFailures: 0, allowedFailures: 3, breach: nil)
    }

    private static func post(_ body: String, _ simulator: RunningSimulator) async throws -> Int {
        let request = HTTPRequest("POST", "\(simulator.base)/_alerts", body: .bytes(Array(body.utf8)))
        return try await simulator.http.send(request).status
    }

    private static func kept(_ simulator: RunningSimulator) async throws -> [Kept] {
        let answer = try await simulator.http.send(HTTPRequest("GET", "\(simulator.base)/_alerts"))
        return try JSONDecoder().decode([Kept].self, from: Data(answer.body))
    }
}
