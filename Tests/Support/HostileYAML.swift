/// Files as nobody should write them, from a seed that replays them: bytes at random, documents with their grammar kept or
/// broken, deep nesting, long tokens, aliases of aliases, encodings that are none.
package struct HostileYAML {
    private var random: SplitMix

    package init(seed: UInt64) { random = SplitMix(seed: seed) }

    /// A file, mostly of some hundred bytes, now and then of many thousand.
    package mutating func file() -> [UInt8] {
        var bytes =
            switch number(10) {
            case 0: randomBytes(number(400))
            case 1, 2, 3: sample()
            case 4, 5, 6: Array(document().utf8)
            case 7: Array(repetition().utf8)
            case 8: Array(aliases().utf8)
            default: Array(document().utf8) + sample()
            }
        if chance(2) { for _ in 0...number(6) { mutate(&bytes) } }
        if chance(50) { bytes = bytes.flatMap { chance(2) ? [$0, 0] : [$0] } }
        return bytes
    }

    private static let samples = [
        "a: &x {b: [1, 'two', \"three\"], c: |\n    text\n  }\nd: *x\n? e\n: - f\n  - {g: ~}\n# end\n",
        "environment: dev\nservices:\n  api:\n    replicas: 2\n    strategy: canary\n    port: 8000\nstrategies:\n"
            + "  canary:\n    - smoke\n    - weight: 100%\nvariables:\n  MODE: real\n  NOTE: \"\\u00e9\\\n    x\"\n"
            + "secrets:\n  TOKEN: { from: generated, bytes: 32 }\n",
        "%YAML 1.1\n---\nextends: base.yaml\nvariables: {<<: *a, A: >-\n  x\n\n  y\n, B: 0755}\n...\n",
    ]
    private static let tokens = [
        "[", "]", "{", "}", ":", ": ", ",", "- ", "? ", "&a ", "*a", "!t ", "|\n", ">+\n", "'", "\"", "#", " # ", "@",
        "`",
        "%", "\t", "\n", "\r", "\r\n", "\n\n", "  ", "\\", "~", "<<", "---\n", "...\n", "null", "no", "0755", "1.10",
        "\u{85}", "\u{2028}", "\u{FEFF}", "\u{A0}", "\u{200B}", "é", "😀", "variables", "extends: dev.yaml\n", "\u{1}",
    ]

    private mutating func sample() -> [UInt8] { Array(Self.samples[number(Self.samples.count)].utf8) }

    /// A document that is mostly well formed.
    private mutating func document() -> String {
        var out = ""
        for _ in 0...number(6) {
            out += key() + ":" + value(indent: 2, depth: number(5)) + "\n"
        }
        return out
    }

    private mutating func value(indent: Int, depth: Int) -> String {
        let margin = "\n" + String(repeating: " ", count: indent)
        guard depth > 0 else { return " " + scalar(indent) }
        return switch number(5) {
        case 0: (0...number(4)).map { _ in "\(margin)- \(scalar(indent + 2))" }.joined()
        case 1: " [" + (0...number(4)).map { _ in flow(depth - 1) }.joined(separator: ", ") + "]"
        case 2: " {" + (0...number(4)).map { _ in "\(key()): \(flow(depth - 1))" }.joined(separator: ", ") + "}"
        default:
            (0...number(4)).map { _ in "\(margin)\(key()):" + value(indent: indent + 2, depth: depth - 1) }.joined()
        }
    }

    private mutating func flow(_ depth: Int) -> String {
        guard depth > 0, chance(2) else { return word() }
        return chance(2) ? "[\(flow(depth - 1)), \(word())]" : "{\(word()): \(flow(depth - 1))}"
    }

    private mutating func scalar(_ indent: Int) -> String {
        let margin = "\n" + String(repeating: " ", count: indent + 1)
        return switch number(8) {
        case 0: "'\(word())\(margin)it''s'"
        case 1: "\"\(word())\\n\\x41\\\(margin)\\L\""
        case 2: "|\(margin)\(word())\(margin)  \(word())"
        case 3: ">-\(margin)\(word())\(margin)\(margin)\(word())"
        case 4: "&n\(number(3)) \(word())"
        case 5: "*n\(number(3))"
        default: word()
        }
    }

    private mutating func key() -> String {
        [
            "environment", "extends", "services", "api", "variables", "secrets", "strategies", "thresholds", "smoke",
            "from", "value", "MODE", "TOKEN", "replicas", "a", "b",
        ][number(16)]
    }

    private mutating func word() -> String {
        chance(4)
            ? Self.tokens[number(Self.tokens.count)].filter { $0 != "\n" }
            : ["real", "no", "1.10", "0x1F", "dev", "canary", "32", "5m", "10%", "é", "", "~", "2x baseline"][
                number(13)]
    }

    /// One thing many times: nesting, long tokens, as many values or findings as fit.
    private mutating func repetition() -> String {
        let unit = (0...number(3)).map { _ in Self.tokens[number(Self.tokens.count)] }.joined()
        let many = chance(8) ? 20_000 : 1 + number(300)
        let open = ["", "[", "{", "variables: {", "a: \"", "a: '", "a: |\n "][number(7)]
        let filler = chance(3) ? "a" : ""
        return open + String(repeating: filler + unit, count: many) + ["", "]", "}", "\"", "'"][number(5)]
    }

    private mutating func aliases() -> String {
        var out = "a0: &a0 [x, x, x, x]\n"
        for level in 1...(1 + number(30)) {
            let uses = (0...number(9)).map { _ in "*a\(chance(10) ? number(40) : level - 1)" }.joined(separator: ", ")
            out += chance(2) ? "a\(level): &a\(level) [\(uses)]\n" : "a\(level): &a\(level) {k: [\(uses)]}\n"
        }
        return out
    }

    private mutating func mutate(_ bytes: inout [UInt8]) {
        guard !bytes.isEmpty else { return bytes = randomBytes(8) }
        let at = number(bytes.count)
        switch number(8) {
        case 0: bytes[at] = UInt8(number(256))
        case 1: bytes[at] ^= 1 << UInt8(number(8))
        case 2: bytes.removeLast(bytes.count - at)
        case 3: bytes.removeSubrange(at..<min(bytes.count, at + 1 + number(20)))
        case 4: bytes.insert(contentsOf: Array(bytes[at..<min(bytes.count, at + number(60))]), at: number(bytes.count))
        case 5: bytes.insert(contentsOf: [[0xC3], [0xFF], [0xED, 0xA0, 0x80], [0xF0, 0x9F], [0]][number(5)], at: at)
        default: bytes.insert(contentsOf: Array(Self.tokens[number(Self.tokens.count)].utf8), at: at)
        }
    }

    private mutating func randomBytes(_ count: Int) -> [UInt8] { (0..<count).map { _ in UInt8(number(256)) } }
    private mutating func number(_ below: Int) -> Int { Int.random(in: 0..<below, using: &random) }
    private mutating func chance(_ one: Int) -> Bool { number(one) == 0 }
}
