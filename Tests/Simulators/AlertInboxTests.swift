import Definitions
import Foundation
import HTTPClient
import Logging
import Operations
import Rollouts
import Storage
import Synchronization
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1))) struct `The alert inbox` {
    private struct Kept: Decodable {
        var status: String
        var receiver: String
        var commonLabels: [String: String]
        var commonAnnotations: [String: String]
    }

    private final class Now: WallClock {
        private let time = Mutex(Timestamp(microseconds: 1_700_000_000_000_000))
        var now: Timestamp { time.withLock { $0 } }
        func advance() { time.withLock { $0 = $0 + .seconds(1) } }
    }

    @Test func `gets an alert that was raised, and that it is over`() async throws {
        try await RunningSimulator.with { simulator in
            let database = try Databases.open(address: "sqlite:\(simulator.folder.file("alerts.sqlite"))")
            let clock = Now()
            try await AlertStore.migrator.migrate(database, now: clock.now.microseconds)
            let store = AlertStore(database: database)
            let address = AlertReceiver(.webhook(.plain("\(simulator.base)/_alerts")))
            let sender = AlertSender(
                http: simulator.http, folder: simulator.folder.path, inherited: [:], base: "http://here",
                clock: clock)
            let outbox = Outbox(
                database: database, clock: clock, holder: "test",
                log: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
                send: { await sender.send($0, to: address, secrets: [:]) })
            var definition = AlertDefinition(receivers: [
                Placed(name: "us", value: address, place: Place(file: "", line: 1, column: 1))
            ])
            definition.route = AlertRoute(receiver: "us", wait: .zero, interval: .milliseconds(1))
            var facts = AlertFacts(environment: "dev", services: [Self.worker(ready: 0)])
            let routing = AlertRouting(definition)
            for ready in [0, 2] {
                clock.advance()
                facts.services = [Self.worker(ready: ready)]
                let input = AlertBoard.Input(
                    rules: AlertRules.builtIn.filter { $0.name == "ServiceDown" }, routing: routing,
                    snapshot: facts.snapshot(now: clock.now))
                try await store.step("dev", input, now: clock.now)
                try await outbox.deliver()
            }

            let kept = try await Self.kept(simulator)
            #expect(kept.map(\.status) == ["firing", "resolved"])
            #expect(kept.allSatisfy { $0.receiver == "us" })
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
