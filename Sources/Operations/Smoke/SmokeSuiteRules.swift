import Contract
import Definitions

/// Whether the smoke suites of an environment can be read, fit its services, and prove what their contracts promise.
package struct SmokeSuiteRules {
    private let checked: CheckedEnvironment
    private let collector: FindingCollector

    /// Everything that is wrong with the suites that the environment names.
    package static func findings(_ checked: CheckedEnvironment) -> [Finding] {
        let collector = FindingCollector(environment: checked.environment.name)
        SmokeSuiteRules(checked: checked, collector: collector).check()
        return collector.findings
    }

    private var services: [String] { checked.environment.services.map(\.name) }

    private func check() {
        var names: Set<String> = []
        var isWhole = true
        for path in checked.environment.smoke {
            guard let bytes = checked.files[path.value] else {
                isWhole = false
                continue
            }
            let (suite, findings) = SmokeSuite.read(String(decoding: bytes, as: UTF8.self), path: path.value)
            collector.add(
                findings.map { finding in
                    var finding = finding
                    finding.environment = checked.environment.name
                    return finding
                })
            guard let suite else {
                isWhole = false
                continue
            }
            names.insert(suite.name)
            check(suite, at: path)
        }
        if isWhole { checkPromised(names) }
    }

    private func check(_ suite: SmokeSuite, at path: Placed<String>) {
        let missing = suite.needs.filter { !services.contains($0) }
        let none = !suite.each.isEmpty && !suite.each.contains(where: services.contains)
        if let name = missing.first ?? (none ? suite.each.first : nil) {
            collector.report(
                "smoke.never-runs", severity: .warning, at: path.place, name: path.value,
                "`\(path.value)` never runs in \(checked.environment.name): it is for `\(name)`, which is no service here.",
                fix: Suggestion.nearest(to: name, among: services).map { "Write `\($0)` in `\(path.value)`." }
                    ?? "Remove the suite here, or add the service.")
            return
        }
        checkAnswered(suite, at: path)
        for step in suite.steps { check(step, of: suite) }
    }

    /// Contracts name the suites that their artifacts answer; one that none names may be somebody else's, unless all that
    /// it asks for must not be there.
    private func checkAnswered(_ suite: SmokeSuite, at path: Placed<String>) {
        let contracts = (suite.needs + suite.each).compactMap { checked.contracts[$0] }
        let promised = Set(contracts.flatMap(\.smokeSuites))
        guard !promised.isEmpty, !promised.contains(suite.name), !suite.provesAbsence else { return }
        collector.report(
            "smoke.unanswered", severity: .warning, at: path.place, name: suite.name,
            "no service says in its contract that it answers the suite `\(suite.name)`.",
            fix: Suggestion.nearest(to: suite.name, among: promised.sorted()).map {
                "Write `name: \($0)` in the suite."
            }
                ?? "Add it to `smoke_suites` of the contract of the service that answers it.")
    }

    private func checkPromised(_ names: Set<String>) {
        var said: Set<String> = []
        for service in services {
            for suite in checked.contracts[service]?.smokeSuites ?? []
            where !names.contains(suite) && said.insert(suite).inserted {
                collector.report(
                    "smoke.not-run", severity: .warning, at: checked.place("smoke"), name: suite,
                    "`\(service)` answers the suite `\(suite)`, and \(checked.environment.name) does not run it.",
                    fix: "Add `smoke/\(suite).yaml` under `smoke:`.")
            }
        }
    }

    private func check(_ step: SmokeStep, of suite: SmokeSuite) {
        guard case .request(let http) = step.action else { return }
        if let name = http.service, !services.contains(name) {
            collector.report(
                "smoke.unknown-service", at: step.place, name: name,
                "the step \"\(step.name)\" asks `\(name)`, which is no service of \(checked.environment.name).",
                fix: Suggestion.nearest(to: name, among: services).map { "Write `\($0)`." }
                    ?? "Name one of the services.")
            return
        }
        let asked = http.service.map { [$0] } ?? (suite.each.isEmpty ? [suite.service].compactMap { $0 } : suite.each)
        let path = String(http.target.source.prefix { $0 != "?" && $0 != "#" })
        guard ["GET", "HEAD"].contains(http.method), path.hasPrefix("/") else { return }
        for contract in asked.compactMap({ checked.contracts[$0] }) {
            guard let right = HealthPaths(contract).correction(of: path) else { continue }
            let name = right == contract.paths.liveness ? "liveness" : "readiness"
            return collector.report(
                "smoke.health-path", at: step.place, name: path,
                "the step \"\(step.name)\" asks for `\(path)`, and the contract of `\(contract.service)` says `\(right)`.",
                fix: "Write `${\(name)}`, which takes the path from the contract.")
        }
    }
}
