import API
import Foundation
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1))) struct `Connections that are slow or too large` {
    private var hasty: RunningAPI.Options {
        var options = RunningAPI.Options()
        options.limits.head = .milliseconds(300)
        options.limits.linger = .milliseconds(200)
        options.pace = BodyPace(json: .milliseconds(300), document: .seconds(20), stall: .milliseconds(300))
        return options
    }

    @Test func `headers that do not end are answered with 408, and the connection ends`() async throws {
        try await RunningAPI.with(options: hasty) { api in
            let connection = try RawConnection(port: api.port)
            connection.send("GET /health/live HTTP/1.1\r\nHost: localhost\r\nX-Slow: ")
            let answer = await connection.read()
            #expect(answer.hasPrefix("HTTP/1.1 408 "))
            #expect(answer.contains("too_slow"))
            #expect(answer.lowercased().contains("connection: close"))
            connection.end()
        }
    }

    @Test(arguments: ["POST /api/v2/auth/login", "PUT upload"])
    func `a body that does not get on is answered with 408, and the connection ends`(_ what: String) async throws {
        try await RunningAPI.with(options: hasty) { api in
            var target = what
            if what == "PUT upload" {
                let announced = try await api.announce(Array("0123456789".utf8), token: api.token())
                target = "PUT " + announced.text("signed_url").dropFirst(api.base.count)
            }
            let type = what == "PUT upload" ? "application/pdf" : "application/json"
            let connection = try RawConnection(port: api.port)
            connection.send(
                "\(target) HTTP/1.1\r\nHost: localhost\r\nContent-Type: \(type)\r\nContent-Length: 10\r\n\r\n01")
            let answer = await connection.read()
            #expect(answer.hasPrefix("HTTP/1.1 408 "), "\(answer.prefix(200))")
            connection.end()
            let left = try FileManager.default.subpathsOfDirectory(atPath: api.folder.path)
            #expect(left.allSatisfy { !$0.hasSuffix(".partial") })
        }
    }

    @Test func `a body that says it is too large is refused before it is read, and the connection ends`() async throws {
        try await RunningAPI.with(options: hasty) { api in
            let connection = try RawConnection(port: api.port)
            connection.send(
                "POST /api/v2/auth/login HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                    + "Content-Length: 300000\r\n\r\n")
            // Not one byte of it was sent.
            let answer = await connection.read()
            #expect(answer.hasPrefix("HTTP/1.1 413 "))
            #expect(answer.lowercased().contains("connection: close"))
            connection.end()
        }
    }

    @Test func `a request answered before all of it has come ends the connection, and one that has come does not`()
        async throws
    {
        try await RunningAPI.with { api in
            let head =
                "POST /api/v2/auth/login HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/plain\r\n"
                + "Content-Length: 7\r\n\r\n"
            let early = try RawConnection(port: api.port)
            early.send(head + "12")
            let answer = await early.read()
            #expect(answer.hasPrefix("HTTP/1.1 415 ") && answer.lowercased().contains("connection: close"))
            early.end()
            let whole = try RawConnection(port: api.port)
            for _ in 0..<2 {
                whole.send(head + "1234567")
                #expect(await whole.read(until: "}").hasPrefix("HTTP/1.1 415 "))
            }
            whole.end()
        }
    }

    @Test func `a body without a length is refused when too much of it has arrived`() async throws {
        try await RunningAPI.with { api in
            let connection = try RawConnection(port: api.port)
            connection.send(
                "POST /api/v2/auth/login HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                    + "Transfer-Encoding: chunked\r\n\r\n")
            let chunk = "10000\r\n" + String(repeating: "x", count: 65_536) + "\r\n"
            for _ in 0..<5 { connection.send(chunk) }
            #expect(await connection.read().hasPrefix("HTTP/1.1 413 "))
            connection.end()
        }
    }

    @Test(arguments: [
        ("GET / HTTP/1.1\r\nX-Large: \(String(repeating: "x", count: 40_000))\r\n\r\n", 431),
        ("GET / HTTP/1.1\r\n\((0..<150).map { "X-\($0): 1\r\n" }.joined())\r\n", 431),
        ("nonsense\r\n\r\n", 400), ("GET / HTTP/1.1\r\nContent-Length: x\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n", 400),
    ])
    func `what is no request that can be read is refused, and the connection ends`(
        _ request: String, _ status: Int
    ) async throws {
        // As long as usual for the head: 40 KB of it may take a busy machine its time.
        var options = RunningAPI.Options()
        options.limits.linger = .milliseconds(200)
        try await RunningAPI.with(options: options) { api in
            let connection = try RawConnection(port: api.port)
            connection.send(request)
            let answer = await connection.read()
            #expect(answer.hasPrefix("HTTP/1.1 \(status) "), "\(answer.prefix(100))")
            connection.end()
            #expect(try await api.call("GET", "/health/live").status == 200)
        }
    }

    @Test func `a caller that asks before it sends is told to go on, or why not`() async throws {
        try await RunningAPI.with { api in
            let head = "POST /api/v2/auth/login HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            let asking = try RawConnection(port: api.port)
            asking.send(head + "Expect: 100-continue\r\nContent-Length: 2\r\n\r\n")
            #expect(await asking.read(until: "\r\n\r\n").hasPrefix("HTTP/1.1 100 "))
            asking.send("{}")
            #expect(await asking.read(until: "email").contains("HTTP/1.1 422 "))
            asking.end()
        }
    }

    @Test func `a connection serves many requests, and ends when nobody asks`() async throws {
        var options = RunningAPI.Options()
        options.limits.idle = .seconds(3)
        try await RunningAPI.with(options: options) { api in
            let connection = try RawConnection(port: api.port)
            for _ in 0..<3 {
                connection.send("GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n")
                #expect(await connection.read(until: "}").hasPrefix("HTTP/1.1 200 "))
            }
            #expect(await connection.read().isEmpty)
            connection.end()
        }
    }
}

extension RunningAPI {
    var port: Int { URLComponents(string: base)?.port ?? 0 }
}
