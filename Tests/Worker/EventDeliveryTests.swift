import Crypto
import Documents
import Foundation
import HTTPClient
import ServiceLifecycle
import Storage
import Synchronization
import TestSupport
import Testing

@testable import Worker

/// A receiver of webhooks that answers as the test says.
final class WebhookReceiver: Sendable {
    private let received = Mutex<[ReceivedRequest]>([])
    private let server: Mutex<ScriptedServer?> = Mutex(nil)

    /// - Parameter status: the answer to a request, by the number of requests before it; nil: it never answers.
    init(_ status: @escaping @Sendable (Int) -> String? = { _ in "200 OK" }) throws {
        let scripted = try ScriptedServer { [self] connection in
            while let request = connection.readRequest() {
                let count = received.withLock { received in
                    received.append(request)
                    return received.count - 1
                }
                guard let status = status(count) else { return connection.waitForEnd() }
                connection.respond(status)
            }
        }
        server.withLock { $0 = scripted }
    }

    var url: String { server.withLock { ($0?.url ?? "") + "/hook?key=canary-4711" } }
    var requests: [ReceivedRequest] { received.withLock { $0 } }
    var ids: [String] { requests.compactMap { $0.headers["webhook-id"] } }
}

@Suite(.timeLimit(.minutes(5))) struct `Webhooks to receivers` {
    private static let secret = "a-secret-of-32-bytes-or-more-0123"

    private func delivery(
        _ bench: Bench, _ receivers: [String], instance: String = "w1", http: HTTPClient
    ) async throws -> EventDelivery {
        let receivers = receivers.map { EventReceiver(url: $0) }
        let now = bench.now
        try await bench.database.write { connection in
            try EventStreams.register(receivers.map(\.name), now: now, on: connection)
        }
        return EventDelivery(
            environment: bench.environment(instance), receivers: receivers,
            sender: EventSender(http: http, keys: try SigningKeys(Self.secret)), metrics: WorkerMetrics())
    }

    /// Sends all that is due, as the service's loops do.
    private func pump(_ delivery: EventDelivery) async {
        for receiver in delivery.receivers {
            while true {
                let streams = await delivery.claim(for: receiver, limit: EventDelivery.lanes)
                guard !streams.isEmpty else { break }
                for stream in streams { await delivery.deliver(stream, to: receiver) }
            }
        }
    }

    @Test(arguments: [false, true])
    func `tell a job's whole life in order, signed, and every event once`(postgresql: Bool) async throws {
        let bench = try await Bench(postgresql: postgresql)
        let http = HTTPClient(name: "test")
        let receiver = try WebhookReceiver()
        let delivery = try await delivery(bench, [receiver.url], http: http)
        _ = try await bench.upload()
        await pump(delivery)
        #expect(try await bench.runOne(bench.environment()) == .complete)
        await pump(delivery)
        await pump(delivery)
        #expect(receiver.ids == (1...9).map { "job-1:\($0)" })
        let kinds = try receiver.requests.map { request in
            let body = try #require(try JSONSerialization.jsonObject(with: Data(request.body)) as? [String: Any])
            let data = try #require(body["data"] as? [String: Any])
            #expect(data["correlation_id"] as? String == "correlation-1" && data["severity"] as? String == "info")
            #expect(body["specversion"] as? String == "1.0" && body["subject"] as? String == "job-1")
            return try #require(data["kind"] as? String)
        }
        #expect(kinds.first == "uploaded" && kinds.last == "finalized")
        for request in receiver.requests { try expectSigned(request) }
        await bench.database.close()
        http.close()
    }

    /// Verifies as a receiver does, by the specification.
    private func expectSigned(_ request: ReceivedRequest) throws {
        let id = try #require(request.headers["webhook-id"])
        let time = try #require(request.headers["webhook-timestamp"])
        let message = Array("\(id).\(time).".utf8) + request.body
        let key = SymmetricKey(data: Array(Self.secret.utf8))
        let code = Data(HMAC<SHA256>.authenticationCode(for: message, using: key)).base64EncodedString()
        #expect(request.headers["webhook-signature"] == "v1,\(code)")
    }

    @Test func `are sent again with longer and longer pauses, then kept as dead letters and replayed`() async throws {
        let bench = try await Bench()
        let http = HTTPClient(name: "test")
        let works = Atomic(false)
        let receiver = try WebhookReceiver { _ in
            works.load(ordering: .relaxed) ? "204 No Content" : "503 Service Unavailable"
        }
        let delivery = try await delivery(bench, [receiver.url], http: http)
        _ = try await bench.upload()
        var pauses: [Int] = []
        for _ in 1..<DeliverySchedule.maximumAttempts {
            await pump(delivery)
            let due = try await bench.database.read { connection in
                try connection.query("SELECT available_at FROM event_streams")[0].get("available_at", as: Int64.self)
            }
            pauses.append(Int((due - bench.now) / 1_000_000))
            bench.pass(.microseconds(due - bench.now))
        }
        #expect(pauses.prefix(4) == [2, 4, 8, 16] && pauses.last == 1800)
        await pump(delivery)
        #expect(receiver.requests.count == DeliverySchedule.maximumAttempts)
        let dead = try await bench.database.read { try EventDeadLetters.list(limit: 9, on: $0) }
        #expect(dead.map(\.event) == ["job-1:1"] && dead[0].reason == "it answered with 503")
        #expect(!"\(dead)".contains("canary-4711"), "addresses hold keys")
        works.store(true, ordering: .relaxed)
        let now = bench.now
        _ = try await bench.database.write { try EventDeadLetters.replay(nil, now: now, on: $0) }
        await pump(delivery)
        #expect(receiver.ids.suffix(1) == ["job-1:1"])
        let figures = try await bench.database.read { try EventStreams.figures(on: $0) }
        #expect(figures == EventFigures(waitingStreams: 0, deadLetters: 0))
        http.close()
    }

    @Test func `do not wait for a receiver that never answers`() async throws {
        let bench = try await Bench()
        let http = HTTPClient(name: "test")
        let (stuck, quick) = (try WebhookReceiver { _ in nil }, try WebhookReceiver())
        let delivery = try await delivery(bench, [stuck.url, quick.url], http: http)
        for number in 1...8 { _ = try await bench.upload(number) }
        let group = ServiceGroup(
            configuration: .init(services: [.init(service: delivery)], logger: delivery.environment.logger))
        await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            #expect(await eventually { Set(quick.ids).count == 8 && stuck.requests.count == EventDelivery.lanes })
            tasks.cancelAll()
        }
        #expect(quick.requests.count == 8)
        http.close()
    }

    @Test func `of two workers are not sent twice`() async throws {
        let bench = try await Bench(postgresql: true)
        let http = HTTPClient(name: "test")
        let receiver = try WebhookReceiver()
        let first = try await delivery(bench, [receiver.url], http: http)
        let second = try await delivery(bench, [receiver.url], instance: "w2", http: http)
        for number in 1...8 { _ = try await bench.upload(number) }
        async let one: Void = pump(first)
        async let two: Void = pump(second)
        _ = await (one, two)
        await pump(first)
        #expect(receiver.ids.sorted() == (1...8).map { "job-\($0):1" }.sorted())
        await bench.database.close()
        http.close()
    }
}
