import Definitions
import TestSupport
import Testing

/// Quoting a line must never show a secret, wherever it stands and however broken the file is.
@Suite(.timeLimit(.minutes(2)))
struct SourceQuoteTests {
    /// Values that somebody might write, none of which may be seen. They are misspelt, since `canary` is a strategy as well.
    static let canaries = [
        "kanary5f2aQ", "hunter2-kanary", "sk-proj-9fK2kanaryX7Lq0ZbVt31",
        "eyJhbGciOiJIUzI1NiJ9.eyJjYW5hcnkiOjF9.c2lnbmF0dXJl",
        "postgresql://api:kanaryPass@db.internal:5432/documents", "AKIAKANARY7Q2X9P0ZLM",
        "kanary#with:odd,marks{and}[such]",
        "correct horse kanary staple", "kanary\\\\escaped\\\"quoteZ", "канарейка-kanary-鳥",
    ]

    /// `@` is where the canary stands. Each file is laid in place of dev's, and has something wrong on the canary's own line.
    static let shapes = [
        // Under `secrets`, in the open and in sources of all kinds.
        "secrets:\n  TOKEN: @\n", "secrets:\n  TOKEN: \"@\"\n", "secrets: { TOKEN: \"@\" }\n", "secrets: [\"@\"]\n",
        "secrets: \"@\"\n", "secrets:\n  TOKEN: { from: literl, value: \"@\" }\n",
        "secrets:\n  TOKEN: { value: \"@\", form: literal }\n", "secrets:\n  TOKEN: { from: \"@\" }\n",
        "secrets:\n  TOKEN: { from: environment, name: \"@\", path: x }\n",
        "secrets:\n  TOKEN: { from: command, run: [echo, \"@\"], nmae: x }\n",
        "secrets:\n  TOKEN: { from: file, path: \"@\", bytes: 3 }\n",
        "secrets:\n  TOKEN: { from: generated, bytes: \"@\" }\n",
        "secrets:\n  TOKN: { from: literal, value: \"@\" }\n",
        "secrets: { TOKEN: { from: literal, value: '@' }, TOKEN: 1 }\n",
        "secrets:\n  \"@\": x\n", "secrets: { \"@\" }\n", "secrets:\n  TOKEN: !secret \"@\"\n",
        "secrets:\n  TOKEN: &a \"@\"\nvariables: { MODE: *a }\n",
        "variables: { MODE: &a \"@\" }\nsecrets: { TOKEN: *a }\n",
        "secrets:\n  TOKEN: &@ x\n", "secrets:\n  TOKEN: !@ x\n", "secrets:\n  TOKEN: !<@> x\n",
        "secrets:\n  ? \"@\"\n  : x\n",
        "secrets:\n  TOKEN: [{ from: \"@\" }, \"@\"]\n", "secrets:\n  - TOKEN: \"@\"\n  - \"@\"\n",
        "secrets: { TOKEN: { from: { value: \"@\" } } }\n",
        "secrets:\n  TOKEN: { from: vault, path: kv, key: \"@\" }\n",
        "secrets:\n  TOKEN: { from: environment, name: X, expires: \"@\" }\n",
        "secrets:\n  TOKEN: { from: environment, name: X, timeout: \"@\", version: \"@\" }\n",
        "secrets:\n  <<: { TOKEN: \"@\" }\n  X: 1\n",
        "base: &b { value: \"@\" }\nsecrets: { TOKEN: { <<: *b, x: 1 } }\n",
        // Over several lines.
        "secrets:\n  TOKEN: |\n    @\n  X: 1\n", "secrets:\n  TOKEN: { from: literal, value: \"a\n    @\", x: 1 }\n",
        "secrets:\n  TOKEN: { from: x, value: >-\n   @ }\n", "secrets:\n  TOKEN:\n    first\n    @\n  TOKEN: 2\n",
        "secrets:\n  TOKEN: \"one\n\n    @ two\", X: 1\n",
        "secrets:\n  TOKEN: { from: literal, value: a\n      @\n      b, x: 1 }\n",
        "secrets:\n  TOKEN: |2-\n      @\n    - x\n  X: 1\n",
        "secrets: {\n  TOKEN: {\n    value: '\n@', x: 1,\n  } }\n",
        "secrets:\n  TOKEN: \"a\\\n    @\"\n  X: 1\n", "variables:\n  TOKEN: >\n    a\n    @\n  X: [{ a: 1 }]\n",
        // In comments.
        "secrets:\n  TOKN: { from: x } # @\n", "# @\nsoak: 1\n", "soak: 1 # was @\n", "soak: 1 #@\n",
        // Wrongly under `variables`, under a misspelt key, at the top.
        "variables:\n  TOKEN: \"@\"\n", "variables: { MODE: reel, TOKEN: \"@\" }\n", "variables: { TOKN: \"@\" }\n",
        "variables: { DB_PASSWORD: \"@\" }\n", "secretes: { TOKEN: \"@\" }\n", "secret:\n  - \"@\"\n", "TOKEN: \"@\"\n",
        "services:\n  api: { secrets: { TOKEN: \"@\" }, x: 1 }\n",
        "services:\n  api: { variables: { TOKEN: \"@\" } }\n",
        "services:\n  api:\n    secrets:\n      TOKEN: { from: literal, value: \"@\", x: 1 }\n      - \"@\"\n",
        "services:\n  api:\n    secrets:\n      TOKEN:\n        from: literal\n        value: \"@\"\n        valeu: \"@\"\n",
        "services: { \"@\": { secrets: { TOKEN: \"@\" } } }\nsecrets: { \"@\": { \"@\": \"@\" } }\n",
        "variables: { TOKEN: [\"@\", 1] }\n", "variables:\n  TOKEN:\n    - \"@\"\n    - { a: \"@\" }\n",
        "variables: { api: { TOKEN: \"@\" } }\n", "variables: \"TOKEN=@\"\n", "variables: [\"TOKEN=@\"]\n",
        "credentials:\n  - { user: x, value: \"@\" }\n", "alerts: { token: \"@\", receivers: \"@\" }\n",
        "rules:\n  - { rule: x, token: \"@\" }\n",
        "services:\n  api: { token: \"@\" }\n", "services: { api: { envs: { A: \"@\" } } }\n",
        "alerts: { receivers: { x: { webhook: { ulr: \"@\" } } } }\n",
        // In files that are no YAML.
        "secrets:\n  TOKEN: @\n...\n@\n", "%TOKEN @\n", "secrets:\n  TOKEN: `@`\n",
        "secrets:\n  TOKEN: @ # @\n  X: [\n",
        "secrets:\n\tTOKEN: \"@\"\n", "secrets:\n  TOKEN: \"@\n", "secrets:\n  TOKEN: '@\n  X: }\n",
        "secrets: { TOKEN: @\n",
        "secrets:\n  TOKEN: @: @\n", "secrets:\n  TOKEN: \"@\" trailing\n", "secrets:\n  TOKEN: [@\n", "@\n", "@: [\n",
        "variables:\n  MODE: \"@\" @\n", "- \"@\"\n  x: @\n", "secrets:\n  TOKEN: *@\n", "secrets:\n  TOKEN: %@\n",
        "secrets:\n  TOKEN: value: @\n", "secrets:\n TOKEN: x\n  @: y\n", "--- \"@\"\n--- 2\n",
    ]

    @Test(arguments: shapes)
    func `a secret is not shown, wherever it stands`(shape: String) throws {
        for (index, canary) in Self.canaries.enumerated() {
            // The long formats and the other line ends tell apart no canaries.
            let formats = index == 0 ? ReportFormat.allCases : [.text, .json]
            for ending in index == 0 ? ["\n", "\r\n"] : ["\n"] {
                let file = shape.replacing("@", with: canary).replacing("\n", with: ending)
                var fixture = try Fixture()
                fixture.files["environments/dev.yaml"] = "environment: dev\n" + file
                let result = try fixture.validate(["dev"])
                let context = ReportContext(sources: fixture.sources)
                let report = try formats.map { try result.report($0, context) }.joined()
                for part in Self.parts(canary) {
                    #expect(!report.contains(part), "\(part) of \(file.debugDescription):\n\(report)")
                }
            }
        }
    }

    /// What must not be seen of a canary: any piece that carries it.
    private static func parts(_ canary: String) -> [String] {
        canary.split { " :/@.,{}[]#\\\"".contains($0) }.map(String.init).filter {
            $0.count >= 5
                && !["horse", "staple", "correct", "documents", "internal", "postgresql", "marks"].contains($0)
        }
    }

    /// The line that is quoted for the first finding, and the carets under it.
    private func quote(_ line: String, at column: Int = 1, width: Int? = nil) throws -> [String] {
        var fixture = try Fixture()
        fixture.files["environments/dev.yaml"] = Fixture.dev + line + "\n"
        var result = try fixture.validate(["dev"])
        let number = Fixture.dev.split(separator: "\n", omittingEmptySubsequences: false).count
        result.findings = [
            Finding(
                rule: "key.unknown", environment: "dev",
                place: Place(file: "environments/dev.yaml", line: number, column: column), message: "No.", fix: "Yes.")
        ]
        let context = ReportContext(sources: fixture.sources, style: TextStyle(width: width))
        let lines = try result.report(.text, context).split(separator: "\n", omittingEmptySubsequences: false)
        return lines.filter { $0.contains("│") }.map { line in
            String(line.drop { $0 != "│" }.dropFirst(2))
        }
    }

    @Test func `what is no secret is shown as it is`() throws {
        #expect(try quote("kind: prodution", at: 7) == ["kind: prodution", "      ^^^^^^^^^"])
        #expect(
            try quote("thresholds: { error-rate: { above: 5%, for: 5m } } # note", at: 36)
                == ["thresholds: { error-rate: { above: 5%, for: 5m } } # …", String(repeating: " ", count: 35) + "^^"])
    }

    @Test func `the caret stands under its column, whatever stands before`() throws {
        // Wide characters take two columns, combining ones none, and invisible ones are named.
        #expect(
            try quote("alerts: { receivers: { 環境: {}, us: {} } }", at: 32)
                == ["alerts: { receivers: { 環境: {}, us: {} } }", String(repeating: " ", count: 33) + "^^"])
        #expect(
            try quote("alerts: { receivers: { e\u{301}a: {}, us: {} } }", at: 33)
                == ["alerts: { receivers: { e\u{301}a: {}, us: {} } }", String(repeating: " ", count: 31) + "^^"])
        #expect(try quote("kind: \u{200B}dev", at: 7) == ["kind: ‹U+200B›dev", "      ^^^^^^^^^^^"])
        #expect(try quote("kind:\tdev", at: 7) == ["kind:→  dev", "        ^^^"])
    }

    @Test func `a long line is cut around the caret`() throws {
        let names = (1...60).map { "s\($0)" }.joined(separator: ", ")
        let line = "smoke: [\(names)]"
        let shown = try quote(line, at: 150, width: 80)
        #expect(shown[0].hasPrefix("…") && shown[0].hasSuffix("…") && shown[0].count <= 76)
        let caret = try #require(shown[1].firstIndex(of: "^"))
        let offset = shown[1].distance(from: shown[1].startIndex, to: caret)
        let pointed = shown[0].dropFirst(offset).prefix(3)
        #expect(pointed == Array(line).dropFirst(149).prefix(3).map(String.init).joined())
    }

    @Test func `of a file that is no YAML little is shown`() throws {
        #expect(try quote("{ kind: dev, other: x", at: 3) == ["{ kind: dev, •••", "  ^^^^"])
    }

    @Test func `a short number under a misspelt key is shown, a longer one not`() throws {
        let line = try quote("migrtions: { service: api, x: 12, y: 123456 }")[0]
        #expect(line == "migrtions: { •••: api, •••: 12, •••: ••• }")
    }

    @Test func `a mask has one length whatever it hides`() throws {
        let short = try quote("secrets: { TOKEN: { from: literal, value: ab } }")
        let long = try quote("secrets: { TOKEN: { from: literal, value: \(String(repeating: "ab ", count: 30))c } }")
        #expect(short == long)
        #expect(short.first == "secrets: { TOKEN: { from: literal, value: ••• } }")
    }

    /// Random changes of a file with secrets in it: whatever the reader makes of it, none is shown.
    @Test(arguments: 0..<20)
    func `no mutation of a file lets a secret out`(seed: UInt64) throws {
        var random = SplitMix(seed: seed)
        let original = Array(
            (Fixture.dev.replacing(
                "{ from: generated, bytes: 32 }", with: "{ from: literal, value: \"kanary5f2aQ\" } # kanary5f2aQ")
                + "  OTHER: |\n    kanary5f2aQ\n    kanary5f2aQ\n  MORE: 'x\n    kanary5f2aQ'\n").utf8)
        let alphabet = Array("{}[]:,-~ \n\t\"'#&*!|>%x0".utf8)
        for _ in 0..<60 {
            var bytes = original
            for _ in 0..<Int.random(in: 1...5, using: &random) {
                let at = Int.random(in: 0..<bytes.count, using: &random)
                switch Int.random(in: 0..<3, using: &random) {
                case 0: bytes[at] = alphabet.randomElement(using: &random)!
                case 1: bytes.insert(alphabet.randomElement(using: &random)!, at: at)
                default: bytes.remove(at: at)
                }
            }
            var fixture = try Fixture()
            fixture.files["environments/dev.yaml"] = String(decoding: bytes, as: UTF8.self)
            let report = try fixture.report(.text, ["dev"])
            #expect(!report.contains("kanary5f2aQ"), "seed \(seed):\n\(report)")
        }
    }
}
