import Definitions
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(5)))
struct YAMLDocumentTests {
    private func parse(_ text: String) -> YAMLDocument {
        YAMLDocument.parse(Array(text.utf8), file: "a.yaml")
    }

    @Test func `values keep their place, order and style`() throws {
        let document = parse("b: 1\na:\n  - \"two\"\n  - ~\n")
        #expect(document.findings.isEmpty)
        let entries = Array(try #require(document.root?.entries))
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
        var testDescription: String { String(text.prefix(60)).debugDescription }
    }

    @Test(arguments: [
        Refused(text: "a: 1\na: 2\na: 3\n", expected: ["2:1 yaml.duplicate-key", "3:1 yaml.duplicate-key"]),
        Refused(text: "a:\n\tb: 1\n", expected: ["2:1 yaml.tabs"]),
        Refused(text: "a: [1\nb: 2\n", expected: ["2:2 yaml.syntax"]),
        Refused(text: "a: \"x\n", expected: ["2:1 yaml.syntax"]),
        Refused(text: "a: \u{1}\n", expected: ["1:4 yaml.syntax"]),
        Refused(text: "", expected: ["1:1 yaml.syntax"]),
        Refused(text: "# only a comment\n", expected: ["1:1 yaml.syntax"]),
        Refused(text: "a: 1\n---\nb: 2\n", expected: ["2:1 yaml.documents"]),
        Refused(text: "? [a]\n: 1\n", expected: ["1:3 yaml.syntax"]),
        Refused(text: "a: *b\n", expected: ["1:4 yaml.alias"]),
        Refused(text: "a: &a [*a]\n", expected: ["1:8 yaml.alias"]),
        Refused(text: "a: !!binary x\n", expected: ["1:4 yaml.tag"]),
        Refused(text: String(repeating: "[", count: 5000), expected: ["1:25 yaml.too-large"]),
        Refused(text: String(repeating: "- ", count: 5000), expected: ["1:49 yaml.too-large"]),
        Refused(text: String(repeating: "? ", count: 5000), expected: ["1:3 yaml.syntax"]),
        Refused(text: String(repeating: "a", count: 4_194_305), expected: ["1:1 yaml.too-large"]),
        Refused(text: "[" + String(repeating: "1,", count: 410_000) + "]", expected: ["1:800000 yaml.too-large"]),
        Refused(text: "a:" + String(repeating: " ", count: 2000) + "1", expected: ["1:1003 yaml.too-large"]),
        Refused(text: "a: 1\n" + String(repeating: "\n \u{2028}", count: 700), expected: ["202:3 yaml.too-large"]),
        Refused(text: String(repeating: "%a\n", count: 50), expected: ["17:1 yaml.too-large"]),
        Refused(text: "[" + String(repeating: "&a b,", count: 300) + "]", expected: ["1:1002 yaml.alias"]),
        Refused(text: "[?,?,?]", expected: ["1:4 yaml.syntax"]),
        Refused(text: "a: &b c\n", expected: ["1:4 yaml.anchor-unused"]),
        Refused(text: "a: &b c\nd: &b e\nf: *b\n", expected: ["1:4 yaml.anchor-unused"]),
        Refused(text: "<<: &b {c: 1}\nd: *b\n", expected: ["1:1 yaml.merge-key"]),
        Refused(text: "a: @b\n", expected: ["1:4 yaml.reserved"]),
        Refused(text: "a: `b`\n", expected: ["1:4 yaml.reserved"]),
        Refused(text: "a: %b\n", expected: ["1:4 yaml.reserved"]),
        Refused(text: "é: b: c\n", expected: ["1:5 yaml.syntax"]),
        Refused(text: "a: b\n\tc: d\n", expected: ["2:1 yaml.tabs"]),
        Refused(text: "a:\n  b: 1\n\tc: 1\n", expected: ["3:1 yaml.tabs"]),
        Refused(text: "a\u{A0}b: 1\n", expected: ["1:1 yaml.invisible"]),
        Refused(text: "a:\n\u{A0}\u{A0}b: 1\n", expected: ["2:1 yaml.invisible"]),
        Refused(text: "“a”: 1\n", expected: ["1:1 yaml.invisible"]),
        Refused(text: "a: 1\n\u{200B}b: 1\n", expected: ["2:1 yaml.invisible"]),
        Refused(text: "a: 1\rb: 2\n", expected: ["1:5 yaml.line-ends"]),
        Refused(text: "a: 1 # c\u{2028}b: 2\n", expected: ["1:9 yaml.line-ends"]),
        Refused(text: "a: 1\r\nb: 2\r\n", expected: []),
        Refused(text: "\u{FEFF}a: 1\n", expected: []),
        Refused(text: "%YAML 1.1\n---\na: 1\n...\n", expected: []),
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

    @Test(
        arguments: [
            ([0xFF, 0xFE, 0x61, 0], "UTF-16"), ([0xFE, 0xFF, 0, 0x61], "UTF-16"), ([0x61, 0, 0x3A, 0], "UTF-16"),
            ([0, 0x61, 0, 0x3A], "UTF-16"), ([0xFF, 0xFE, 0, 0], "UTF-32"), ([0, 0, 0xFE, 0xFF], "UTF-32"),
        ] as [([UInt8], String)])
    func `wide encodings are named`(bytes: [UInt8], encoding: String) {
        let document = YAMLDocument.parse(bytes, file: "a.yaml")
        #expect(document.findings.map(\.rule) == ["yaml.not-utf8"])
        #expect(document.findings.first?.message.contains(encoding) == true)
    }

    @Test func `texts, keys and places survive escapes, folds, letters beyond ASCII and properties`() throws {
        let text = """
            "a\\tb": 'it''s'
            é: ü # ö
            c: >
              one
              two
            d: |
              one
            e: "x
              y"
            f: one
              two
            ? g
            : ""
            h: &h "x"
            i: *h
            j:
            *h : k
            """
        let document = parse(text)
        #expect(document.findings.isEmpty, "\(document.findings)")
        let root = try #require(document.root)
        let pairs = try #require(root.entries).map { "\($0.key)=\($0.value.scalar?.text ?? "?")" }
        #expect(
            pairs == [
                "a\tb=it's", "é=ü", "c=one two\n", "d=one\n", "e=x y", "f=one two", "g=", "h=x", "i=x", "j=", "x=k",
            ])
        #expect(root["é"]?.place == Place(file: "a.yaml", line: 2, column: 4))
        #expect(root["d"]?.scalar?.style == .block)
        #expect(root["g"]?.isNull == false)
        #expect(root["j"]?.isNull == true && root["j"]?.isAbsent == true)
        #expect(root["j"]?.place == Place(file: "a.yaml", line: 16, column: 1))
        #expect(root["x"]?.scalar?.text == "k")
    }

    @Test func `keys are found in mappings of any size, the first of duplicates`() throws {
        for count in [1, 2, 16, 17, 500] {
            var lines = (0..<count).map { "key\($0): \($0)\n" }
            lines.append("key0: again\n")
            let document = parse(lines.joined())
            let root = try #require(document.root)
            for index in 0..<count { #expect(root["key\(index)"]?.scalar?.text == "\(index)") }
            #expect(root["key"] == nil && root["key\(count)"] == nil && root["zzz"] == nil)
            #expect(document.findings.map(\.place.line) == [count + 1])
            #expect(document.findings.first?.message.contains("line 1 ") == true)
        }
    }

    @Test func `of many findings the first are shown and the others counted`() {
        let findings = parse(String(repeating: "a: 1\n", count: 1000)).findings
        #expect(findings.count == 101)
        #expect(findings.last?.message == "there are 899 more findings in this file.")
    }

    /// Files that are made of what costs most for its length.
    @Test(arguments: [
        "a,", "{},", "[],", "a: ,", "'',", "\"\\t\",", "é,", "a\n,", "[a: b],", "? a,", "- ", "-\n", "\n", "#\n",
    ])
    func `a tree takes no more than nine times its file`(unit: String) {
        for (open, close) in [("[", "]"), ("{", "}"), ("", "")] {
            let text = open + String(repeating: unit, count: 30_000) + close
            let document = parse(text)
            #expect(document.byteCount <= 9 * text.utf8.count, "\(unit.debugDescription) in \(open)")
        }
    }

    @Test func `an alias bomb is refused at once`() {
        var text = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n"
        for level in 1...12 {
            let uses = Array(repeating: "*a\(level - 1)", count: 9).joined(separator: ", ")
            text += "a\(level): &a\(level) [\(uses)]\n"
        }
        // Written out it would be 9^13 values: what is kept, and with it the work, is bounded by the file instead.
        let document = parse(text)
        #expect(document.findings.map(\.rule) == ["yaml.alias"])
        #expect(document.byteCount <= 9 * text.utf8.count + 1024)
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
