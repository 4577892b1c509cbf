import Definitions
import Foundation
import Testing

@testable import Operations

@Suite(.timeLimit(.minutes(1))) struct `The shipped rules` {
    private static let folder = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "alerts")

    private static func read(_ name: String) throws -> [UInt8] {
        Array(try Data(contentsOf: folder.appending(path: name)))
    }

    private static func tests() throws -> [String: RuleTestFile] {
        var files: [String: RuleTestFile] = [:]
        for name in try FileManager.default.contentsOfDirectory(atPath: folder.appending(path: "tests").path) {
            let (file, findings) = RuleTestFile.read(try read("tests/\(name)"), path: "alerts/tests/\(name)")
            let tests = try #require(file, "\(name): \(findings)")
            files[name] = tests
        }
        return files
    }

    /// The shipped project's files.
    private static func sources() throws -> ProjectSources {
        let root = folder.deletingLastPathComponent()
        var sources = ProjectSources(project: root.path, files: [:])
        for name in ProjectSources.folders + [ProjectSources.runbooks] {
            for file in try FileManager.default.subpathsOfDirectory(atPath: root.appending(path: name).path) {
                let url = root.appending(path: "\(name)/\(file)")
                if !url.hasDirectoryPath, let bytes = FileManager.default.contents(atPath: url.path) {
                    sources.files["\(name)/\(file)"] = Array(bytes)
                }
            }
        }
        return sources
    }

    @Test func `pass their tests`() throws {
        let sources = try Self.sources()
        let result = try ProjectValidation.complete(sources).validate(now: 1_783_000_000)
        var count = 0
        for (name, file) in try Self.tests() {
            let alerts = try file.environment.map { try #require(result.usable[$0], "\(result.findings)").alerts }
            let run = RuleTestRun(file, alerts: alerts, files: sources.files)
            for test in file.cases {
                count += 1
                #expect(run.failures(of: test) == [], "\(name): \(test.name)")
            }
        }
        #expect(count >= 20)
    }

    @Test func `can be read without a finding`() throws {
        for name in ["built-in.yaml", "pipeline.yaml"] {
            #expect(AlertRuleFile.read(try Self.read(name), path: "alerts/\(name)").findings == [])
        }
    }
}

@Suite(.timeLimit(.minutes(1))) struct `Tests of rules` {
    @Test func `understand promtool's notation`() {
        #expect(
            SeriesNotation.values("1 2x2 0+10x2 9-3x1 _ _x2") == [1, 2, 2, 2, 0, 10, 20, 9, 6].map { .number($0) } + [
                .missing, .missing, .missing,
            ])
        #expect(SeriesNotation.values("error gonex2 -1") == [.failed, .gone, .gone, .number(-1)])
        for wrong in ["", "x", "1x", "a", "1x-1", "1x9999999"] {
            #expect(SeriesNotation.values(wrong) == nil, "\(wrong)")
        }
    }

    @Test func `say what is otherwise than expected`() throws {
        let text = """
            rule-tests: 1
            cases:
              - name: wrong in three ways
                series:
                  - { series: service_down, labels: { service: api }, notes: { detail: it is down }, values: 1 }
                  - { series: disk_short, notes: { place: /, available: 1 }, values: 1 }
                expect:
                  - at: 0s
                    alerts:
                      - { alert: ServiceDown, summary: it is up }
                      - { alert: RollbackFailed }
            """
        let file = try #require(RuleTestFile.read(Array(text.utf8), path: "t.yaml").file)
        let failures = RuleTestRun(file, files: [:]).failures(of: file.cases[0])
        #expect(failures.count == 3)
        #expect(failures[0] == "at 0s: ServiceDown says \"it is down\", not \"it is up\"")
        #expect(failures[1] == "at 0s: no RollbackFailed that is firing {}")
        #expect(failures[2].hasPrefix("at 0s: DiskFull is firing {") && failures[2].hasSuffix("nobody expects it"))
    }

    @Test func `say who was told and should not have been, and who was not`() throws {
        let text = """
            rule-tests: 1
            every: 10s
            cases:
              - name: wrong
                series: [{ series: service_down, labels: { service: api }, notes: { detail: down }, values: 1x6 }]
                expect:
                  - { at: 20s, notifications: [{ receiver: us, alerts: [ServiceDown] }] }
                  - { at: 30s, notifications: [{ receiver: us, alerts: [ServiceDown], status: resolved }] }
            """
        let (file, findings) = RuleTestFile.read(Array(text.utf8), path: "t.yaml")
        let tests = try #require(file, "\(findings)")
        let alerts = AlertBench.definition(
            "receivers: { us: { webhook: { url: \"http://a\" } } }\nroute: { receiver: us, group-wait: 30s }")
        #expect(
            RuleTestRun(tests, alerts: alerts, files: [:]).failures(of: tests.cases[0]) == [
                "by 20s: us was not told that ServiceDown fires", "by 30s: us was not told that ServiceDown is over",
                "by 30s: us was told that ServiceDown fires (first notification), and nobody expects it",
            ])
    }

    @Test func `refuse what is no notification`() {
        for wrong in ["{ alerts: [A] }", "{ receiver: us }", "{ receiver: us, alerts: [A], reason: because }"] {
            let text = "rule-tests: 1\ncases:\n  - { name: a, expect: [{ at: 0s, notifications: [\(wrong)] }] }\n"
            let (file, findings) = RuleTestFile.read(Array(text.utf8), path: "t.yaml")
            #expect(file == nil && !findings.isEmpty, "\(wrong)")
        }
    }
}
