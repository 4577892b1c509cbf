import Documents
import Foundation
import HTTPClient
import Storage
import Synchronization
import TestSupport
import Testing

/// What an earlier project's event tests meant to assert (seed 002, "Events" 1 to 8): a real receiver, and three processes.
@Suite(.timeLimit(.minutes(2))) struct `Events` {
    private let pdf = SamplePDF(pages: [["One line."]]).bytes

    private struct Event: Sendable {
        var id: String
        var kind: String
        var code: String
        var job: String
        var sequence: Int
        var correlationID: String

        init(_ request: ReceivedRequest) throws {
            let body = try #require(try JSONSerialization.jsonObject(with: Data(request.body)) as? [String: Any])
            let data = try #require(body["data"] as? [String: Any])
            id = try #require(body["id"] as? String)
            kind = try #require(data["kind"] as? String)
            code = try #require(data["code"] as? String)
            job = try #require(data["job_id"] as? String)
            sequence = try #require(data["sequence"] as? Int)
            correlationID = try #require(data["correlation_id"] as? String)
        }
    }

    /// Takes events, or refuses the first so many.
    private final class Receiver: Sendable {
        private struct State {
            var requests: [ReceivedRequest] = []
            var taken: [ReceivedRequest] = []
            var refusals: Int
        }
        private let state: Mutex<State>
        private let server = Mutex<ScriptedServer?>(nil)

        init(refusing count: Int = 0) throws {
            state = Mutex(State(refusals: count))
            let scripted = try ScriptedServer { [self] connection in
                while let request = connection.readRequest() {
                    let isTaken = state.withLock { state in
                        state.requests.append(request)
                        guard state.refusals == 0 else {
                            state.refusals -= 1
                            return false
                        }
                        state.taken.append(request)
                        return true
                    }
                    connection.respond(isTaken ? "200 OK" : "503 Service Unavailable")
                }
            }
            server.withLock { $0 = scripted }
        }

        var url: String { server.withLock { $0?.url ?? "" } + "/hook" }
        var events: [Event] { get throws { try state.withLock { $0.requests }.map(Event.init) } }
        /// Ids of those that it has answered with 200.
        var taken: [String] { get throws { try state.withLock { $0.taken }.map { try Event($0).id } } }

        func open() { state.withLock { $0.refusals = 0 } }
    }

    private func with(_ receiver: Receiver, _ body: (PipelineStack) async throws -> Void) async throws {
        try await PipelineStack.with(
            ["EVENT_WEBHOOK_URLS": receiver.url, "EVENT_WEBHOOK_SECRET": "a-secret-of-32-bytes-or-more-0123"],
            body)
    }

    @Test func `1: that a document arrived is told within five seconds, with its job and correlation id`() async throws
    {
        let receiver = try Receiver()
        try await with(receiver) { stack in
            let header = [(name: "X-Correlation-ID", value: "c-17")]
            let id = try await stack.upload(pdf, token: stack.token(), headers: header).text("job_id")
            #expect(try await eventually(within: .seconds(5)) { try !receiver.events.isEmpty })
            let first = try #require(try receiver.events.first)
            #expect(first.kind == "uploaded" && first.code == "bytes_arrived" && first.job == id)
            #expect(first.correlationID == "c-17" && first.sequence == 1)
        }
    }

    @Test func `2, 3, 4, 6: each stage is told when it begins and when it is done, then the end, in that order`()
        async throws
    {
        let receiver = try Receiver()
        try await with(receiver) { stack in
            let token = try await stack.token()
            let ids = [
                try await stack.upload(pdf, token: token).text("job_id"),
                try await stack.upload(pdf + [10], token: token).text("job_id"),
            ]
            #expect(
                try await eventually(within: .seconds(30)) { try receiver.events.count { $0.kind == "finalized" } == 2 }
            )
            for id in ids {
                let events = try receiver.events.filter { $0.job == id }
                #expect(events.map(\.sequence) == Array(1...events.count))
                #expect(
                    events.map { "\($0.kind) \($0.code)" } == [
                        "uploaded bytes_arrived", "stage_started parse", "stage_done parse", "stage_started chunk",
                        "stage_done chunk", "stage_started embed", "stage_done embed_batch", "stage_done embed",
                        "finalized complete",
                    ])
            }
        }
    }

    @Test func `5, 8: one that is refused is sent again under the same id, and nothing is skipped or done twice`()
        async throws
    {
        let receiver = try Receiver(refusing: 1)
        try await with(receiver) { stack in
            let id = try await stack.upload(pdf, token: stack.token()).text("job_id")
            #expect(
                try await eventually(within: .seconds(30)) { try receiver.events.contains { $0.kind == "finalized" } })
            let events = try receiver.events
            #expect(events.map(\.id) == ["\(id):1"] + (1...9).map { "\(id):\($0)" })
            #expect(Set(events.map(\.id)).count == 9, "who drops what it has seen, has each once")
            let chunks = try await stack.database.read { connection in
                try connection.query("SELECT COUNT(*) AS n FROM chunks", [])[0].get("n", as: Int.self)
            }
            #expect(chunks == 1)
        }
    }

    @Test func `7: one that is given up is a dead letter, says why, and is sent again when asked for`() async throws {
        let receiver = try Receiver(refusing: .max)
        try await with(receiver) { stack in
            let id = try await stack.upload(pdf, token: stack.token()).text("job_id")
            #expect(try await eventually(within: .seconds(30)) { try await isGivenUp(id, stack) })
            receiver.open()
            let list = try await events(["list"], stack)
            #expect(list.exit == 0 && list.output.contains("\(id):1") && list.output.contains("it answered with 503"))
            // What comes after it is not held back for ever.
            #expect(try await eventually(within: .seconds(30)) { try receiver.taken.contains("\(id):9") })
            #expect(try !receiver.taken.contains("\(id):1"))
            #expect(try await events(["replay", "\(id):1"], stack).exit == 0)
            #expect(try await eventually(within: .seconds(30)) { try receiver.taken.contains("\(id):1") })
            #expect(try await events(["list"], stack).output.contains("no dead letters"))
        }
    }

    /// Puts the event before its last attempt, which so comes within seconds and not hours; the worker makes it.
    private func isGivenUp(_ job: String, _ stack: PipelineStack) async throws -> Bool {
        let (now, attempts) = (WallClock.microseconds(), DeliverySchedule.maximumAttempts - 1)
        return try await stack.database.write { connection in
            try connection.execute(
                "UPDATE event_streams SET attempts = ?, available_at = ? WHERE job_id = ? AND position = 0 AND attempts > 0",
                [attempts, now, job])
            return try connection.first("SELECT 1 FROM event_dead_letters WHERE event_id = ?", ["\(job):1"]) != nil
        }
    }

    private func events(_ arguments: [String], _ stack: PipelineStack) async throws -> CommandResult {
        try await RunningCommand(
            try BuildProducts.path("pipeline"), ["events"] + arguments, directory: stack.api.folder.path,
            environment: stack.api.environment
        ).result()
    }
}
