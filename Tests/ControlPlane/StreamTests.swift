import ControlPlane
import HTTPClient
import ServiceLifecycle
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(1)))
struct StreamTests {
    @Test func `a follower hears every event once, and the end last`() async throws {
        try await TestServer.run(StubControl()) { server in
            var heard: [RolloutLine] = []
            let finished = try await server.client.follow(rollout: "r1", revive: {}, tell: { heard.append($0) })
            #expect(heard == Sample.lines)
            #expect(finished == Sample.finished)
        }
    }

    @Test func `a follower whose stream ends early goes on behind what it heard`() async throws {
        let control = StubControl()
        control.memory.withLock { $0.lines = [.event(Sample.events[0])] }
        try await TestServer.run(control) { server in
            var heard: [RolloutLine] = []
            _ = try await server.client.follow(
                rollout: "r1", revive: { control.memory.withLock { $0.lines = Sample.lines } },
                tell: { heard.append($0) })
            #expect(heard == Sample.lines)
        }
        #expect(control.asked == ["lines r1 0 true", "lines r1 1 true"])
    }

    @Test func `lines are JSON objects, the finished one last`() async throws {
        try await TestServer.run(StubControl()) { server in
            let answer = try await server.get("/api/v1/rollouts/r1/events?after=1")
            let lines = answer.text.split(separator: "\n")
            #expect(lines.count == 2)
            #expect(lines.last?.contains(#""type":"finished""#) == true)
            #expect(answer.header("content-type") == "application/x-ndjson")
        }
    }

    @Test func `a page that comes back hears what it missed`() async throws {
        let control = StubControl()
        control.hub.announce("dev", Sample.events[0])
        control.hub.announce("staging", nil)
        control.hub.announce("dev", Sample.events[1])
        try await TestServer.run(control) { server in
            let stream = try await server.http.stream(
                HTTPRequest(
                    "GET", "http://127.0.0.1:\(server.port)/events?environment=dev",
                    headers: [(name: "last-event-id", value: "1001")]))
            #expect(stream.status == 200)
            var text = ""
            for try await chunk in stream.body {
                text += String(decoding: chunk, as: UTF8.self)
                if text.hasSuffix("\n\n") { break }
            }
            #expect(text.hasPrefix("id: 1003\nevent: change\ndata: {"))
            #expect(text.contains("weights_shifted"))
        }
    }

    @Test func `open streams do not keep the engine from ending`() async throws {
        let control = StubControl()
        try await TestServer.run(control) { server in
            let stream = try await server.http.stream(HTTPRequest("GET", "http://127.0.0.1:\(server.port)/events"))
            await server.group.triggerGracefulShutdown()
            for try await _ in stream.body {}
        }
    }

    @Test func `the hub keeps the newest changes and forgets the oldest`() async {
        let hub = ChangeHub(startingAt: 0)
        for _ in 0..<(ChangeHub.kept + 10) { hub.announce("dev", nil) }
        var changes = hub.changes(after: 0).makeAsyncIterator()
        #expect(await changes.next()?.position == 11)
    }
}
