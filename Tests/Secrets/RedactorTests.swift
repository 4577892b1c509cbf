import Foundation
import Secrets
import Testing

@Suite(.timeLimit(.minutes(1))) struct `Masking` {
    private static let values = [
        "plain-4711-canary", "sp\"ec'ial\\ch/ar+s&<%=>ü🔑",
        "-----BEGIN KEY-----\nMIIBcanary0123456789\nzzzz/canary+line==\n",
        "postgresql://app:p%40ss-canary-word@db.internal:5432/shop",
        "k1:0123456789abcdef0123456789abcdef,k2:ffff456789abcdef0123456789abcdef",
    ]

    private static func jsonText(_ value: String) -> String {
        String(decoding: try! JSONEncoder().encode([value]), as: UTF8.self)
    }

    /// What programs make of a value, by means other than those under test.
    private static let encodings: [(String, @Sendable (String) -> String)] = [
        ("as it is", { $0 }), ("quoted", { "'\($0)'" }), ("debugging", { String(reflecting: $0) }),
        ("JSON", { jsonText($0) }), ("base64", { Data($0.utf8).base64EncodedString() }),
        ("base64 of more", { Data("k=\($0);".utf8).base64EncodedString() }),
        ("base64 of still more", { Data("key=\($0);".utf8).base64EncodedString() }),
        (
            "base64 for addresses",
            { Data($0.utf8).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_") }
        ),
        (
            "percent",
            { $0.addingPercentEncoding(withAllowedCharacters: .alphanumerics.union(.init(charactersIn: "-._~")))! }
        ),
        ("hex", { Data($0.utf8).map { String(format: "%02x", $0) }.joined() }),
        ("HEX", { Data($0.utf8).map { String(format: "%02X", $0) }.joined() }),
        ("base64 in lines of 16", { wrapped(Data($0.utf8).base64EncodedString(), 16) }),
        ("in lines of 7", { wrapped($0, 7) }), ("in indented lines", { wrapped($0, 9, by: "\r\n    ") }),
    ]

    private static func wrapped(_ text: String, _ width: Int, by end: String = "\n") -> String {
        var lines: [Substring] = []
        var rest = text[...]
        while !rest.isEmpty {
            lines.append(rest.prefix(width))
            rest = rest.dropFirst(width)
        }
        return lines.joined(separator: end)
    }

    /// No run of eight characters of the value is left, also when line ends are taken out.
    private func leak(_ text: String, _ encoded: String) -> String? {
        let bare = Array(text.filter { !$0.isWhitespace })
        let core = Array(encoded.filter { !$0.isWhitespace })
        guard core.count > 11 else { return String(bare).contains(String(core)) ? String(core) : nil }
        return (0...(core.count - 12)).map { String(core[$0..<($0 + 12)]) }.first { String(bare).contains($0) }
    }

    @Test(arguments: encodings.map(\.0)) func `finds a value`(_ name: String) throws {
        let encode = try #require(Self.encodings.first { $0.0 == name }?.1)
        for value in Self.values {
            let redactor = Redactor([Secret(value)])
            let masked = redactor.mask("before \(encode(value)) after")
            #expect(masked.contains("•••"), "\(value)")
            #expect(masked.hasPrefix("before ") && masked.hasSuffix(" after"), "\(masked)")
            // The letters BEGIN KEY are no secret, and neither is what stands around the password.
            for part in Self.secretParts(of: value) {
                #expect(leak(masked, part) == nil, "\(masked)")
                #expect(!masked.contains(encode(part)), "\(masked)")
            }
        }
    }

    private static func secretParts(of value: String) -> [String] {
        if value.hasPrefix("-----") { return ["MIIBcanary0123456789", "zzzz/canary+line=="] }
        if value.hasPrefix("postgresql") { return ["p%40ss-canary-word"] }
        if value.hasPrefix("k1:") { return ["0123456789abcdef0123456789abcdef", "ffff456789abcdef0123456789abcdef"] }
        return [value]
    }

    @Test func `finds what is as good as the whole: a line, a key of a set, a password`() {
        let redactor = Redactor(Self.values.map(Secret.init))
        #expect(redactor.mask("a MIIBcanary0123456789 b") == "a ••• b")
        #expect(redactor.mask("a ffff456789abcdef0123456789abcdef b") == "a ••• b")
        #expect(redactor.mask("a p%40ss-canary-word b p@ss-canary-word c") == "a ••• b ••• c")
    }

    @Test func `takes the longer value first, and leaves ordinary text alone`() {
        let redactor = Redactor([Secret("abcd"), Secret("abcdef"), Secret("no")])
        #expect(redactor.mask("x abcdef y abcd z no") == "x ••• y ••• z no")
        let text = "GET /health 200 in 3 ms\nworker ready — ok 🔑\n"
        #expect(Redactor(Self.values.map(Secret.init)).mask(text) == text)
    }

    @Test func `the path of a database's file is shown, since who has to mend it needs it`() {
        let redactor = Redactor([Secret("sqlite:/srv/shop/shop.sqlite")])
        #expect(redactor.mask("no folder /srv/shop/shop.sqlite") == "no folder /srv/shop/shop.sqlite")
        #expect(redactor.mask("SHOP_DATABASE=sqlite:/srv/shop/shop.sqlite") == "SHOP_DATABASE=•••")
    }

    @Test func `keeps the number of lines`() {
        let value = "0123456789-canary-0123456789"
        let lines = Redactor([Secret(value)]).mask(lines: ["a 0123456789-can", "ary-0123456789 b", "", "c"])
        #expect(lines == ["a •••", "••• b", "", "c"])
    }

    @Test func `never takes out what is not there: a thousand random texts stay as they are`() {
        var generator = SystemRandomNumberGenerator()
        let redactor = Redactor(Self.values.map(Secret.init))
        for _ in 0..<1000 {
            let bytes = (0..<200).map { _ in UInt8.random(in: 32..<127, using: &generator) }
            let text = String(decoding: bytes, as: UTF8.self)
            #expect(redactor.mask(text) == text)
        }
    }
}
