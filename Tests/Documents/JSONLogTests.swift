import Documents
import Foundation
import Logging
import Synchronization
import Testing

@Suite struct `A log` {
    private final class Lines: Sendable {
        private let lines = Mutex<[String]>([])
        var all: [String] { lines.withLock { $0 } }
        func add(_ line: String) { lines.withLock { $0.append(line) } }
    }

    private func logger(_ lines: Lines, secrets: [String] = []) -> Logger {
        Logger(label: "api") { label in
            JSONLog(
                label: label, fields: ["release": "v7", "bundle": "b1"], secrets: secrets.map(Credential.init),
                now: { 1_700_000_000_123_456 }, write: { lines.add($0) })
        }
    }

    @Test func `is a line of JSON for each entry, whatever stands in it`() throws {
        let lines = Lines()
        let message = "a \"quoted\"\nline\\ with \u{0}\u{1b}[31m and \u{2028} ü"
        logger(lines).info("\(message)", metadata: ["correlation_id": "c-1", "level": "forged", "x": ["y": "z"]])
        let line = try #require(lines.all.first)
        #expect(
            lines.all.count == 1 && line.hasSuffix("\n")
                && line.dropLast().allSatisfy { !$0.isNewline || $0 == "\u{2028}" })
        let object = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: String])
        #expect(object["message"] == message)
        #expect(object["time"] == "2023-11-14T22:13:20.123Z" && object["level"] == "info")
        #expect(object["release"] == "v7" && object["bundle"] == "b1" && object["correlation_id"] == "c-1")
        #expect(object["logger"] == "api")
    }

    @Test func `says which trace a line belongs to`() throws {
        let lines = Lines()
        let trace = TraceContext { [UInt8](repeating: 1, count: $0) }
        logger(lines).tracing(trace).warning("x")
        #expect(lines.all[0].contains(#""trace_id":"\#(trace.traceID)""#))
        #expect(lines.all[0].contains(#""span_id":"\#(trace.spanID)""#))
    }

    @Test func `blots out secrets, the keys of a set, and the password in an address`() {
        let lines = Lines()
        let secrets = ["k1:canary-one-canary,k2:canary-two-canary", "postgresql://ann:canary-three@db/x", "short"]
        logger(lines, secrets: secrets).error(
            "canary-one-canary short", metadata: ["reason": "k2 canary-two-canary, canary-three@db"])
        #expect(!lines.all[0].contains("canary"))
        #expect(lines.all[0].contains("short"))
    }
}
