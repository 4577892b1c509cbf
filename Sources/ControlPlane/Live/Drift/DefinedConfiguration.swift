import Definitions
import Operations
import Rollouts
import Secrets

/// What the project's files define for a release, as they are now.
struct DefinedConfiguration {
    let environment: Environment
    let smoke: [SmokeSuiteText]
    private let validation: ProjectValidation

    /// - Throws: `Unusable` with the first thing that is wrong.
    init(_ name: String, release: Release, sources: ProjectSources, now: Timestamp) throws {
        validation = try ProjectValidation(sources)
        let contracts = Dictionary(release.artifacts.map { ($0.service, $0.contract) }) { first, _ in first }
        let result = try validation.validate([name], contracts: contracts, now: now.seconds)
        guard result.isValid, let environment = result.usable[name] else {
            throw Unusable(findings: result.findings.filter { $0.severity == .error })
        }
        self.environment = environment
        smoke = environment.smoke.compactMap { suite in
            sources.files[suite.value].map {
                SmokeSuiteText(path: suite.value, text: String(decoding: $0, as: UTF8.self))
            }
        }
    }

    struct Unusable: Error, CustomStringConvertible {
        var findings: [Finding]

        var description: String {
            guard let first = findings.first else { return "the definition cannot be used: see tidegate validate" }
            let more = findings.count > 1 ? " (and \(findings.count - 1) more)" : ""
            let place = first.place
            return "\(place.file):\(place.line):\(place.column): \(first.message)\(more)"
        }
    }

    /// The bundle that a rollout would make now.
    /// - Throws: `PreflightError.invalid`.
    func bundle(
        of release: Release, secrets: [String: Secret], key: InstallationKey, now: Timestamp
    ) throws(PreflightError) -> Bundle {
        try BundleBuilder(environment: environment, release: release, secrets: secrets, smoke: smoke, key: key)
            .build(now: now)
    }

    /// The line that defines what the finding is about; nil when there is none any more.
    func place(of finding: DriftFinding) -> Place? {
        for keys in paths(to: finding) {
            if let place = validation.place(of: keys, in: environment.name) { return place }
        }
        return nil
    }

    /// The nearest file, for what no line defines.
    var file: String { validation.files(of: environment.name).first ?? "environments/\(environment.name).yaml" }

    /// The ways to the line, the nearest first.
    private func paths(to finding: DriftFinding) -> [[String]] {
        let own = ["services", finding.service ?? ""]
        let parts = finding.name.split(separator: ".").map(String.init)
        switch finding.subject {
        case .variable: return [own + ["variables", finding.name], ["variables", finding.name]]
        case .secret: return [own + ["secrets", finding.name], ["secrets", finding.name]]
        case .replicas, .port, .health: return [own + parts, own + parts.dropLast()].filter { $0.count > 2 }
        case .strategy:
            let list = environment.services.first { $0.name == finding.service }?.strategy
            return [own + ["strategy"], ["strategies", list ?? ""]]
        case .thresholds, .rollbackWindow, .migrations, .router: return [parts, Array(parts.prefix(1))]
        case .smoke: return [["smoke"]]
        case .service: return [own]
        case .artifact, .order, .instance: return []
        }
    }
}
