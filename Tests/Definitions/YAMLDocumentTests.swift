import Definitions
import Testing

@Suite(.timeLimit(.minutes(1)))
struct YAMLDocumentTests {
    private func parse(_ text: String) -> YAMLDocument {
        YAMLDocument.parse(Array(text.utf8), file: "a.yaml")
    }

    @Test func `values keep their place, order and style`() throws {
        let document = parse("b: 1\na:\n  - \"two\"\n  - ~\n")
        #expect(document.findings.isEmpty)
        let entries = try #require(document.root?.entries)
        #expect(entries.map(\.key) == ["b", "a"])
        #expect(entries[0].value.scalar == YAMLScalar(text: "1", style: .plain))
        #expect(entries[1].keyPlace == Place(file: "a.yaml", line: 2, column: 1))
        let elements = try #require(entries[1].value.elements)
        #expect(elements[0].scalar?.style == .quoted)
        #expect(elements[0].place == Place(file: "a.yaml", line: 3, column: 5))
        #expect(elements[1].isNull)
    }

    /// What is wrong, the rule and the place that are reported.
    struct Refused: Sendable, CustomTestStringConvertible {
        var text: String
        var expected: [String]
        var testDescription: String { text.debugDescription }
    }

    @Test(arguments: [
        Refused(text: "a: 1\na: 2\na: 3\n", expected: ["2:1 yaml.duplicate-key", "3:1 yaml.duplicate-key"]),
        Refused(text: "a:\n\tb: 1\n", expected: ["2:1 yaml.tabs"]),
        Refused(text: "a: [1\nb: 2\n", expected: ["2:2 yaml.syntax"]),
        Refused(text: "a: \"x\n", expected: ["2:1 yaml.syntax"]),
        Refused(text: "a: \u{1}\n", expected: ["1:4 yaml.syntax"]),
        Refused(text: "", expected: ["1:1 yaml.syntax"]),
        Refused(text: "# only a comment\n", expected: ["1:1 yaml.syntax"]),
        Refused(text: "a: 1\n---\nb: 2\n", expected: ["2:1 yaml.syntax"]),
        Refused(text: "? [a]\n: 1\n", expected: ["1:3 yaml.syntax"]),
        Refused(text: "a: *b\n", expected: ["1:4 yaml.alias"]),
        Refused(text: "a: &a [*a]\n", expected: ["1:8 yaml.alias"]),
        Refused(text: "a: !!binary x\n", expected: ["1:4 yaml.tag"]),
        Refused(text: String(repeating: "[", count: 5000), expected: ["1:25 yaml.too-large"]),
        Refused(text: String(repeating: "a", count: 300_000), expected: ["1:1 yaml.too-large"]),
        Refused(text: "[" + String(repeating: "1,", count: 30_000) + "]", expected: ["1:40000 yaml.too-large"]),
    ])
    func `what is no usable YAML is refused with its place`(refused: Refused) {
        let found = parse(refused.text).findings.map { "\($0.place.line):\($0.place.column) \($0.rule)" }
        #expect(found == refused.expected)
    }

    @Test func `the first byte that is not UTF-8 is named`() {
        let document = YAMLDocument.parse(Array("a: 1\nbé: ".utf8) + [0xFF, 0x0A], file: "a.yaml")
        #expect(document.root == nil)
        #expect(document.findings.map(\.rule) == ["yaml.not-utf8"])
        #expect(document.findings.first?.place == Place(file: "a.yaml", line: 2, column: 5))
    }

    @Test func `an alias bomb is refused at once`() {
        var text = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n"
        for level in 1...12 {
            let uses = Array(repeating: "*a\(level - 1)", count: 9).joined(separator: ", ")
            text += "a\(level): &a\(level) [\(uses)]\n"
        }
        let clock = ContinuousClock()
        let started = clock.now
        let document = parse(text)
        #expect(document.findings.map(\.rule) == ["yaml.alias"])
        #expect(clock.now - started < .seconds(1))
    }

    @Test func `an alias stands for its value at the place of use`() throws {
        let root = try #require(parse("a: &x {k: v}\nb: *x\n").root)
        #expect(root["b"]?["k"]?.scalar?.text == "v")
        #expect(root["b"]?.place == Place(file: "a.yaml", line: 2, column: 4))
    }

    @Test(arguments: 0..<40)
    func `random bytes end in a tree or a finding`(seed: UInt64) {
        var random = SplitMix(seed: seed)
        for _ in 0..<50 {
            let bytes = (0..<Int.random(in: 0...400, using: &random)).map { _ in
                UInt8.random(in: 0...255, using: &random)
            }
            let document = YAMLDocument.parse(bytes, file: "a.yaml")
            #expect(document.root != nil || !document.findings.isEmpty, "seed \(seed)")
        }
    }

    @Test(arguments: 0..<40)
    func `mutated documents end in a tree or a finding`(seed: UInt64) {
        let original = Array(
            "a: &x {b: [1, 'two', \"three\"], c: |\n    text\n  }\nd: *x\n? e\n: - f\n  - {g: ~}\n# end\n".utf8)
        let alphabet = Array("[]{}:,&*!|>-?'\"#%@` \t\n\\a0~<".utf8) + [0, 0x80, 0xC3, 0xFF]
        var random = SplitMix(seed: seed)
        for _ in 0..<200 {
            var bytes = original
            for _ in 0..<Int.random(in: 1...6, using: &random) {
                let at = Int.random(in: 0..<bytes.count, using: &random)
                switch Int.random(in: 0..<3, using: &random) {
                case 0: bytes[at] = alphabet.randomElement(using: &random)!
                case 1: bytes.insert(alphabet.randomElement(using: &random)!, at: at)
                default: if bytes.count > 1 { bytes.remove(at: at) }
                }
            }
            let document = YAMLDocument.parse(bytes, file: "a.yaml")
            #expect(document.root != nil || !document.findings.isEmpty, "seed \(seed)")
            for finding in document.findings { #expect(finding.place.line >= 1 && finding.place.column >= 1) }
        }
    }
}

/// Random numbers that a seed replays.
struct SplitMix: RandomNumberGenerator {
    private var state: UInt64
    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
