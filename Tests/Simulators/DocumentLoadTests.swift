import Foundation
import Synchronization
import TestSupport
import Testing

@testable import Simulators

@Suite(.timeLimit(.minutes(1))) struct `The load of documents` {
    @Test func `announces each document, and sends to the address that it got just what it announced`() async throws {
        let puts = Mutex<[String: Int]>([:])
        let server = try ScriptedServer { connection in
            while let request = connection.readRequest() {
                if request.line.hasPrefix("POST /api/v2/upload") {
                    let host = request.headers["host"] ?? ""
                    connection.respond(body: #"{"signed_url":"http://\#(host)/put/here"}"#)
                } else {
                    puts.withLock { $0[request.line, default: 0] += 1 }
                    connection.respond("204 No Content")
                }
            }
        }
        let report = await DocumentLoad(url: server.url, tokens: ["t"], rate: 20, seconds: 1, run: 7).send()
        #expect(report.sent == 20 && report.failed == 0 && report.refused == 0, "\(report)")
        #expect(puts.withLock { $0 } == ["PUT /put/here HTTP/1.1": 20])
    }

    @Test func `tells what was beyond a limit from what failed`() async throws {
        let count = Mutex(0)
        let server = try ScriptedServer { connection in
            while connection.readRequest() != nil {
                let number = count.withLock { count in
                    count += 1
                    return count
                }
                connection.respond(number.isMultiple(of: 2) ? "429 Too Many Requests" : "500 Internal Server Error")
            }
        }
        let report = await DocumentLoad(url: server.url, tokens: ["t"], rate: 10, seconds: 1, run: 7).send()
        #expect(report.sent == 0 && report.failed == 5 && report.refused == 5, "\(report)")
        #expect(report.failures == ["announcing was answered with 500": 5])
    }

    @Test func `counts nothing that was under way when it was ended`() async throws {
        let asked = Mutex(0)
        let server = try ScriptedServer { connection in
            guard connection.readRequest() != nil else { return }
            asked.withLock { $0 += 1 }
            connection.waitForEnd()
        }
        let load = Task { await DocumentLoad(url: server.url, tokens: ["t"], rate: 5, seconds: 60, run: 7).send() }
        #expect(await eventually { asked.withLock { $0 } > 0 })
        load.cancel()
        let report = await load.value
        #expect(report.sent == 0 && report.failed == 0 && report.failures.isEmpty, "\(report)")
    }

    @Test(arguments: [(0, 0), (99_999_999, UInt32.max), (123_456_789, 5)] as [(Int, UInt32)])
    func `writes PDFs whose table of offsets is right, each another`(number: Int, run: UInt32) throws {
        let bytes = DocumentLoad.document(number, of: run)
        let text = String(decoding: bytes, as: UTF8.self)
        let table = try #require(text.range(of: "xref\n"))
        #expect(text.contains("startxref\n\(text.utf8.distance(from: text.startIndex, to: table.lowerBound))\n"))
        let entries = text[table.upperBound...].split(separator: "\r\n", omittingEmptySubsequences: false)
        let offsets = entries.compactMap { $0.hasSuffix(" 00000 n") ? Int($0.prefix(10)) : nil }
        #expect(offsets.count == 5)
        for (index, offset) in offsets.enumerated() {
            #expect(String(decoding: bytes[offset...].prefix(7), as: UTF8.self) == "\(index + 1) 0 obj")
        }
        #expect(bytes != DocumentLoad.document(number + 1, of: run))
        #expect(bytes != DocumentLoad.document(number, of: run &+ 1))
    }
}
