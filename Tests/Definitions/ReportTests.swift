import Definitions
import Foundation
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(5)))
struct ReportTests {
    private func misspelt() throws -> Fixture {
        var fixture = try Fixture()
        fixture.replace("replicas: 2", "replcias: 2")
        return fixture
    }

    private func report(_ format: ReportFormat, of findings: [Finding], in environments: [String]) throws -> String {
        var result = try Fixture().validate()
        result.environments = environments
        result.files = [:]
        result.findings = findings
        return try result.report(format, ReportContext(sources: ProjectSources(project: "/p", files: [:])))
    }

    /// A project in which most kinds of mistakes were made.
    private func broken() throws -> Fixture {
        var fixture = try misspelt()
        fixture.replace("environment: dev", "environment: dev\nextends: base.yaml")
        fixture.replace("environment: production", "environment: production\nextends: base.yaml", in: Broken.production)
        fixture.files["environments/base.yaml"] = "soak: 1\nvariables: { COLOUR: red, PAGES: 50 }\n"
        fixture.replace("MODE: real", "MODE: mock", in: Broken.production)
        fixture.replace("{ from: generated, bytes: 32 }", "{ from: literal, value: changeme }")
        return fixture
    }

    @Test func `text quotes the line, points at the place and says what to write`() throws {
        let text = try misspelt().report(.text, ["dev"])
        #expect(
            text == """
                ── environments/dev.yaml ──────────────────────────────────────────── 1 error ──

                error  `replcias` is no key that is known in `services.api`.
                  ╭─ environments/dev.yaml:4:5  key.unknown  in dev
                4 │     replcias: 2
                  │     ^^^^^^^^
                  ╰─ fix: Write `replicas`.

                ✕ dev  not valid, 1 error

                Not valid: 1 error. Why a rule is there: tidegate validate --explain key.unknown

                """)
    }

    @Test func `what is valid is said in a line for each environment`() throws {
        #expect(try Fixture().report(.text) == "✓ dev         valid\n✓ production  valid\n")
    }

    @Test func `what is wrong in a shared file is said once, with its environments`() throws {
        let fixture = try broken()
        let text = try fixture.report(.text)
        #expect(text.contains("environments/base.yaml:1:7  value.type  in dev and production\n"))
        #expect(text.contains("environments/base.yaml:2:14  variable.unread  in dev and production\n"))
        #expect(text.ranges(of: "no service reads `COLOUR`").count == 1)
        #expect(text.contains("✕ dev         not valid, 5 errors\n"))
        #expect(text.contains("✕ production  not valid, 4 errors\n"))
    }

    @Test func `sentences that name their environment are one as well`() throws {
        let place = Place(file: "environments/shared.yaml", line: 1, column: 1)
        let findings = ["dev", "qa"].map {
            Finding(
                rule: "value.loopback", environment: $0, place: place,
                message: "`A` is of this machine in \($0 as String).",
                fix: "Write another.")
        }
        let text = try report(.json, of: findings, in: ["dev", "qa"])
        #expect(text.contains(#""message":"`A` is of this machine in dev and qa.""#))
        #expect(text.contains(#""environment":null,"environments":["dev","qa"]"#))
    }

    @Test func `colour is for terminals that want it`() throws {
        let plain = try broken().report(.text)
        #expect(!plain.contains("\u{1B}"))
        let coloured = try broken().report(.text, style: TextStyle(hasColour: true))
        #expect(coloured.replacing(/\u{1B}\[[0-9;]*m/, with: "") == plain)
        #expect(coloured.contains("\u{1B}[31;1merror\u{1B}[0m"))
    }

    @Test(arguments: [40, 60, 80, 100])
    func `no line is wider than the terminal`(width: Int) throws {
        let long = String(repeating: "x", count: 300)
        var fixture = try broken()
        fixture.replace("STORAGE: disk:/data", "STORAGE: { a: \"tape:/\(long)\", b: [\(long), 1] }")
        for line in try fixture.report(.text, style: TextStyle(width: width)).split(separator: "\n") {
            // A single word is never broken, nor is a place, which terminals make a link of.
            let isPlace = line.contains("╭─") || line.contains("--explain")
            let words = line.split(separator: " ").map(\.count).max() ?? 0
            #expect(line.count <= width || isPlace || words > width / 3, "\(line)")
        }
    }

    @Test func `JSON is flat, on one line`() throws {
        #expect(
            try misspelt().report(.json, ["dev"])
                == #"{"valid":false,"environments":["dev"],"findings":[{"rule":"key.unknown","#
                + #""severity":"error","environment":"dev","environments":["dev"],"file":"environments/dev.yaml","#
                + #""line":4,"column":5,"name":"replcias","#
                + #""message":"`replcias` is no key that is known in `services.api`.","fix":"Write `replicas`."}],"#
                + #""ignored":[],"counts":{"errors":1,"warnings":0,"lowered":0,"ignored":0}}"# + "\n")
    }

    @Test func `annotations name file, line and column, errors first`() throws {
        var fixture = try misspelt()
        fixture.replace("environment: dev\n", "environment: dev\nsecrets: { PAGES: { from: literal, value: 3 } }\n")
        fixture.replace("secrets:\n  TOKEN", "soak: 1m\n# TOKEN")
        let lines = try fixture.report(.github, ["dev"], prefix: "deploy/a,b/").split(separator: "\n")
        #expect(
            lines.first?.hasPrefix(
                "::error file=deploy/a%2Cb/environments/dev.yaml,line=2,col=10,title=variable.missing in dev::") == true
        )
        #expect(lines.last?.hasPrefix("::warning ") == true)
    }

    @Test func `annotations escape what GitHub would take for its own`() throws {
        let finding = Finding(
            rule: "key.unknown", environment: nil, place: Place(file: "a:b,100%.yaml", line: 1, column: 2),
            message: "50% of\nthis::error::\r.", fix: "Write it.")
        let text = try report(.github, of: [finding], in: [])
        #expect(text.hasPrefix("::error file=a%3Ab%2C100%25.yaml,line=1,col=2,title=key.unknown::50%25 of"))
        #expect(text.split(separator: "\n").count == 1)
    }

    @Test func `more annotations than GitHub shows are announced`() throws {
        let findings = (1...13).map {
            Finding(
                rule: "key.unknown", environment: nil, place: Place(file: "a.yaml", line: $0, column: 1),
                message: "No.",
                fix: "Yes.")
        }
        let text = try report(.github, of: findings, in: [])
        #expect(text.split(separator: "\n").count == 14)
        #expect(text.contains("::notice title=tidegate::3 more findings than GitHub shows"))
    }

    @Test func `a page is a table that no value can break out of`() throws {
        let finding = Finding(
            rule: "key.unknown", environment: "dev", place: Place(file: "a.yaml", line: 1, column: 2), name: "x",
            message: "`a|b` is <b>not</b> ![x](http://y) `open.", fix: "Write *it* @all.")
        let text = try report(.markdown, of: [finding], in: ["dev"])
        #expect(
            text.contains(
                #"| `a\|b` is &lt;b&gt;not&lt;/b&gt; \!\[x\](http://y) \`open. | Write \*it\* \@all. | `key.unknown` |"#
            ))
        #expect(
            text.hasPrefix("### ✕ Not valid: 1 error\n\n| Environment | |\n|---|---|\n| dev | ✕ not valid, 1 error |"))
    }

    @Test func `what files lower or ignore is counted, and said with its reason`() throws {
        var result = try misspelt().validate(["dev"])
        let place = Place(file: "environments/dev.yaml", line: 20, column: 3)
        var lowered = result.findings[0]
        lowered.severity = .warning
        lowered.exception = .init(from: .error, reason: "until the rewrite", place: place)
        result.ignored = [result.findings[0]]
        result.ignored[0].exception = .init(from: .error, reason: "nobody minds", place: place)
        result.findings = [lowered]
        func report(_ format: ReportFormat) throws -> String {
            try result.report(format, ReportContext(sources: try misspelt().sources))
        }
        #expect(try report(.text).contains("  1 ignored, 1 lowered by `rules:` in the files\n"))
        #expect(try report(.text).contains("lowered from error: until the rewrite (environments/dev.yaml:20)"))
        #expect(try report(.json).contains(#""reason":"nobody minds","file":"environments/dev.yaml","line":20"#))
        #expect(try report(.json).contains(#""counts":{"errors":0,"warnings":1,"lowered":1,"ignored":1}"#))
        #expect(try report(.markdown).contains("| nothing, not error | nobody minds |"))
        #expect(try report(.sarif).contains(#""justification": "nobody minds""#))
        #expect(try !report(.github).contains("nobody minds"))
    }

    @Test(arguments: ReportFormat.allCases)
    func `the order of what was found changes nothing`(format: ReportFormat) throws {
        let fixture = try broken()
        var result = try fixture.validate()
        #expect(result.findings.count > 7)
        let context = ReportContext(sources: fixture.sources)
        let expected = try result.report(format, context)
        for seed in 0..<50 {
            var random = SplitMix(seed: UInt64(seed))
            result.findings.shuffle(using: &random)
            #expect(try result.report(format, context) == expected, "seed \(seed)")
        }
    }

    @Test func `control characters of a file do not reach the terminal`() throws {
        var fixture = try Fixture()
        fixture.replace("replicas: 2", "\"a\\e[2J\": 2")
        fixture.replace("MODE: real", "MODE: \"re\\u202eal\\u0007\"")
        let text = try fixture.report(.text, ["dev"])
        #expect(!text.unicodeScalars.contains { $0.value < 0x20 && $0 != "\n" || $0.value == 0x202E })
    }
}
