import Contract
import Rollouts

/// What one instance says of itself.
package enum InstanceReport: Sendable, Equatable {
    /// The keyed digests of its values by name, and the values of choices that it says are in effect, by variable.
    case says(digests: [String: String]?, effective: [String: String])
    /// It runs, and did not answer.
    case silent(reason: String)
}

/// The instances that there are against the bundle that should run. Pure.
package struct InstanceComparison: Sendable {
    package var running: Bundle
    /// Every bundle that has a right to run: the current one, the one kept warm, those of a rollout under way.
    package var known: Set<Digest>
    package var instances: [Instance]
    /// By instance; nothing for those that were not asked.
    package var reports: [String: InstanceReport]
    /// The keyed digest of a plain value, by name.
    package var valueDigest: @Sendable (_ name: String, _ value: String) -> String

    package init(
        running: Bundle, known: Set<Digest>, instances: [Instance], reports: [String: InstanceReport],
        valueDigest: @Sendable @escaping (_ name: String, _ value: String) -> String
    ) {
        self.running = running
        self.known = known
        self.instances = instances
        self.reports = reports
        self.valueDigest = valueDigest
    }

    package var findings: [DriftFinding] {
        strays + running.services.flatMap { service in counts(service) + own(service).flatMap { values($0, service) } }
    }

    /// The instances that run and did not say what they run.
    package var unknown: [String] {
        running.services.flatMap(own).compactMap { instance in
            guard case .silent(let reason) = reports[instance.id] else { return nil }
            return "\(instance.id) does not say what it runs: \(reason)"
        }
    }

    private func own(_ service: BundleService) -> [Instance] {
        instances.filter { $0.service == service.name && $0.bundle == running.digest }
    }

    private var strays: [DriftFinding] {
        instances.filter { !known.contains($0.bundle) }.map { instance in
            DriftFinding(
                .unasked, service: instance.service, instance: instance.id, .instance, name: instance.id,
                change: .removed, effect: .repair,
                message: "runs \(instance.release) (\(instance.bundle.short)), which nobody asked for")
        }
    }

    private func counts(_ service: BundleService) -> [DriftFinding] {
        let own = own(service)
        let unready = own.filter { !$0.ready }
        let ready = own.count - unready.count
        if ready < service.replicas {
            let why = unready.compactMap { instance in instance.detail.map { "\(instance.id): \($0)" } }.first
            return [
                DriftFinding(
                    .down, service: service.name, .instance, name: "instances", before: "\(ready)",
                    after: "\(service.replicas)", effect: .repair,
                    message: "\(ready) of \(service.replicas) are ready" + (why.map { "; \($0)" } ?? ""))
            ]
        }
        guard own.count > service.replicas else { return [] }
        return [
            DriftFinding(
                .unasked, service: service.name, .instance, name: "instances", before: "\(own.count)",
                after: "\(service.replicas)", effect: .repair,
                message: "\(own.count) instances run, defined are \(service.replicas)")
        ]
    }

    private func values(_ instance: Instance, _ service: BundleService) -> [DriftFinding] {
        guard instance.alive else { return [] }
        func differs(_ name: String, before: String? = nil, after: String? = nil, _ message: String) -> DriftFinding {
            let isSecret = service.secrets[name] != nil
            return DriftFinding(
                .stale, service: service.name, instance: instance.id, isSecret ? .secret : .variable, name: name,
                before: before, after: after, effect: .restart, message: message)
        }
        guard case .says(let digests, let effective) = reports[instance.id] else {
            guard let reported = instance.configDigest, reported != service.configDigest else { return [] }
            return [differs("config_digest", "reports another configuration than its bundle's")]
        }
        var found: [DriftFinding] = []
        if let digests {
            let expected = expected(service)
            for name in Set(expected.keys).union(digests.keys).sorted() where expected[name] != digests[name] {
                // The port is the platform's: each instance has its own.
                guard name != service.artifact.contract.portVariable else { continue }
                found.append(differs(name, "was started with another value than its bundle has"))
            }
        }
        for (name, value) in effective.sorted(by: { $0.key < $1.key }) {
            guard let given = service.variables[name], given != value else { continue }
            found.append(
                differs(name, before: value, after: given, "says that \(value) is in effect, and was given \(given)"))
        }
        return found
    }

    private func expected(_ service: BundleService) -> [String: String] {
        var digests = service.secrets
        for (name, value) in service.variables { digests[name] = valueDigest(name, value) }
        return digests
    }
}

/// Which of its choices an instance says are in effect.
package enum EffectiveValues {
    /// A readiness body may say, under a variable's name in lower case, with or without its prefix, which of the allowed
    /// values is in effect: `"service_mode": "real"` for `UPLOAD_PIPELINE_SERVICE_MODE`. Only variables that are a choice
    /// are looked for, and only when the key fits one of them.
    package static func read(_ body: [String: String], contract: ArtifactContract) -> [String: String] {
        let choices = contract.variables.filter { $0.allowed != nil && !$0.secret && $0.kind == .string }
        var found: [String: String] = [:]
        // The longest key last: the variable's whole name says more than a part of it.
        for (key, value) in body.sorted(by: { $0.key.utf8.count < $1.key.utf8.count }) where !reserved.contains(key) {
            let name = key.uppercased()
            let fitting = choices.filter { $0.name == name || $0.name.hasSuffix("_\(name)") }
            if fitting.count == 1 { found[fitting[0].name] = value }
        }
        return found
    }

    /// Keys that readiness bodies have for other reasons.
    private static let reserved: Set<String> = ["status", "release", "config_digest", "instance", "service"]
}
