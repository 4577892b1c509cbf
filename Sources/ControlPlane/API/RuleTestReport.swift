import Definitions
import Operations
import Rollouts

/// What came of tests of rules.
package struct RuleTestReport: Codable, Sendable, Equatable {
    package struct Test: Codable, Sendable, Equatable {
        package var file: String
        package var name: String
        /// A sentence for each thing that is otherwise than expected.
        package var failures: [String]
    }

    package var passed: Bool
    package var tests: [Test]

    /// - Parameter paths: relative to the project; none takes all under `alerts/tests/`.
    /// - Throws: `Refusal` when there is no such file, or one cannot be read (exit 2).
    package static func run(_ paths: [String], in project: Project, now: Timestamp) throws -> RuleTestReport {
        let sources = try project.readSources()
        let files = sources.files
        let all = files.keys.filter { $0.hasPrefix("alerts/tests/") && $0.hasSuffix(".yaml") }.sorted()
        let chosen = paths.isEmpty ? all : paths
        guard !chosen.isEmpty else {
            throw Refusal("no_tests", "There are no tests of rules: write them under alerts/tests/.", exit: .usage)
        }
        var tests: [Test] = []
        for path in chosen {
            guard let bytes = files[path] else {
                throw Refusal(
                    "unknown_file", "There is no file \(path) among those of the project's folder alerts/.",
                    exit: .usage)
            }
            let (file, findings) = RuleTestFile.read(bytes, path: path)
            guard let file else {
                let first = findings.first.map { "\($0.place.file):\($0.place.line): \($0.message)" } ?? ""
                throw Refusal(
                    "invalid_tests", "\(path) cannot be read: \(first)", exit: .invalidDefinition, findings: findings)
            }
            try check(file, path, files)
            let run = RuleTestRun(file, alerts: try alerts(of: file, path, sources, now: now), files: files)
            tests += file.cases.map { Test(file: path, name: $0.name, failures: run.failures(of: $0)) }
        }
        return RuleTestReport(passed: tests.allSatisfy(\.failures.isEmpty), tests: tests)
    }

    /// What the environment that the tests are about says of alerts. It has to be valid, or nobody knows who would hear.
    private static func alerts(
        of file: RuleTestFile, _ path: String, _ sources: ProjectSources, now: Timestamp
    ) throws -> AlertDefinition? {
        guard let name = file.environment else { return nil }
        do {
            let result = try ProjectValidation.complete(sources).validate([name], now: now.seconds)
            guard let environment = result.usable[name] else {
                throw Refusal(
                    "invalid_environment",
                    "\(path) tests the routes of \(name), which has errors: tidegate validate \(name)",
                    exit: .invalidDefinition, findings: result.findings)
            }
            return environment.alerts
        } catch let error as UnknownEnvironment {
            throw Refusal("unknown_environment", "\(path): \(error.description)", exit: .invalidDefinition)
        }
    }

    /// The rules that are tested can be read.
    private static func check(_ file: RuleTestFile, _ path: String, _ files: [String: [UInt8]]) throws {
        for name in file.rules {
            guard let bytes = files[name] else {
                throw Refusal("unknown_file", "\(path) tests \(name), which does not exist.", exit: .invalidDefinition)
            }
            let findings = AlertRuleFile.read(bytes, path: name).findings.filter { $0.severity == .error }
            guard let first = findings.first else { continue }
            throw Refusal(
                "invalid_rules", "\(name):\(first.place.line): \(first.message)", exit: .invalidDefinition,
                findings: findings)
        }
    }
}
