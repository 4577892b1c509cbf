import Foundation
import Testing

@testable import Contract

/// The reader of contracts takes what RFC 8259 calls JSON, and nothing else.
struct JSONNodeTests {
    private static let good = [
        "0", "-0", "10", "1.5", "1e3", "1E+3", "-12.5e-2", "true", "false", "null", "\"\"", "[]", "{}", " [ 1 , 2 ] ",
        "{\"a\":{\"b\":[null,true]}}", #""\"\\\/\b\f\n\r\t""#, #""\u00e9\ud83d\ude00""#, "\"é😀\"", "\t\r\n[]\n",
    ]
    private static let bad = [
        "01", "-", "1.", ".5", "1e", "+1", "0x1", "NaN", "tru", "truee", "nul", "'a'", "\"", "\"\\x\"", #""\u12""#,
        #""\ud83d""#, #""\ud83dx""#, #""\ud83d\u0041""#, "\"\n\"", "[1,]", "[1 2]", "[,]", "{\"a\"}", "{\"a\":1,}",
        "{a:1}", "[", "]", "{", "1 2", "", "\u{FEFF}[]", "[1]//",
    ]

    @Test(arguments: good)
    func `what is JSON means what Foundation says`(text: String) throws {
        let node = try #require(JSONNode.read(Array(text.utf8)).node, "\(text)")
        let expected = try JSONSerialization.jsonObject(with: Data(text.utf8), options: .fragmentsAllowed)
        #expect(Self.isSame(node, expected), "\(text): \(node)")
    }

    @Test(arguments: bad)
    func `what is none is refused`(text: String) { #expect(JSONNode.read(Array(text.utf8)).node == nil) }

    @Test func `a text that is no UTF-8 is refused`() {
        for bytes: [UInt8] in [[0xFF], [0xC3], [0xC0, 0x80], [0xED, 0xA0, 0x80]] {
            #expect(JSONNode.read([0x22] + bytes + [0x22]).node == nil)
        }
    }

    @Test func `a text cut anywhere is refused, and the place is within it`() {
        let text = Array("{\"a\": [1.5e3, \"x\\u00e9\", {\"b\": null}], \"c\": true}".utf8)
        for end in 0..<text.count {
            let (node, place) = JSONNode.read(Array(text[..<end]))
            #expect(node == nil && place <= end)
        }
    }

    @Test(arguments: [("1.0", 1), ("1e2", 100), ("9223372036854775807", Int.max)])
    func `whole numbers are whole however they are written`(text: String, expected: Int) {
        guard case .number(let number) = JSONNode.read(Array(text.utf8)).node?.value else {
            Issue.record("\(text) is a number")
            return
        }
        #expect(number == expected)
    }

    @Test func `a long string with an escape is read in one pass`() {
        let text = "\"\\n" + String(repeating: "a", count: 4_000_000) + "\""
        guard case .string(let read) = JSONNode.read(Array(text.utf8)).node?.value else {
            Issue.record("it is a string")
            return
        }
        #expect(read.utf8.count == 4_000_001)
    }

    /// What a record holds and what a file holds are read by the same description.
    @Test func `a decoder reads the same contract`() throws {
        for name in ["api", "worker"] {
            let path = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
                .appending(path: "../../contracts/\(name).json")
            let json = try Data(contentsOf: path)
            #expect(
                try JSONDecoder().decode(ArtifactContract.self, from: json) == ArtifactContract.decode(Array(json)))
        }
        let least = """
            {"contract": 1, "service": "api", "port_variable": "PORT", "start_budget_seconds": 1, "drain_seconds": 0,
             "variables": [{"name": "PORT", "kind": "integer", "summary": "port"}],
             "paths": {"liveness": "/a", "readiness": "/b"},
             "providers": [{"name": "p", "address_variable": "PORT"}], "databases": [{"variable": "PORT"}],
             "queues": {"variable": "PORT"},
             "migrations": {"arguments": [], "tables": [], "history": [{"owner": "o", "id": "1", "checksums": {}}]}}
            """
        #expect(
            try JSONDecoder().decode(ArtifactContract.self, from: Data(least.utf8))
                == ArtifactContract.decode(Array(least.utf8)))
    }

    private static func isSame(_ node: JSONNode, _ expected: Any) -> Bool {
        switch node.value {
        case .null: return expected is NSNull
        case .boolean(let truth): return expected as? Bool == truth
        case .number(let number?): return expected as? Int == number
        case .number(nil): return expected as? Double != nil && expected as? Int == nil
        case .string(let text): return expected as? String == text
        case .array(let elements):
            guard let expected = expected as? [Any], expected.count == elements.count else { return false }
            return zip(elements, expected).allSatisfy { isSame($0, $1) }
        case .object(let members):
            guard let expected = expected as? [String: Any], expected.count == members.count else { return false }
            return members.allSatisfy { member in expected[member.key].map { isSame(member.value, $0) } ?? false }
        }
    }
}
