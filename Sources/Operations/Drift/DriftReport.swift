import Rollouts

/// What is known of an environment's drift at one moment.
package struct DriftReport: Sendable, Equatable {
    /// Whether the definition could be compared with what runs.
    package enum State: Sendable, Equatable {
        /// Nothing was ever rolled out.
        case empty
        /// A rollout is under way, and nothing is compared until it ends.
        case rolling
        /// What is defined now cannot be used; the sentence says why.
        case invalid(reason: String)
        case compared
    }

    package struct Item: Sendable, Equatable {
        package var finding: DriftFinding
        package var since: Timestamp
        package var origin: DriftOrigin?

        package init(finding: DriftFinding, since: Timestamp, origin: DriftOrigin? = nil) {
            self.finding = finding
            self.since = since
            self.origin = origin
        }
    }

    /// Something that could not be learned, and since when.
    package struct Unknown: Sendable, Equatable {
        /// Such as `secret/UPLOAD_PIPELINE_JWT_SECRET`.
        package var key: String
        package var reason: String
        package var since: Timestamp?

        package init(key: String, reason: String, since: Timestamp? = nil) {
            self.key = key
            self.reason = reason
            self.since = since
        }
    }

    package var environment: String
    package var release: String?
    /// Since when this bundle is what runs.
    package var runningSince: Timestamp?
    package var state: State
    /// Since when the definition cannot be used, if it cannot.
    package var invalidSince: Timestamp?
    /// Drift: what differs now.
    package var items: [Item]
    /// What only changes how the next rollout goes.
    package var pending: [Item]
    package var unknown: [Unknown]
    /// Secrets that only a caller's shell has, so that nobody asked for them.
    package var notChecked: [String]

    package init(
        environment: String, release: String? = nil, runningSince: Timestamp? = nil, state: State, items: [Item] = [],
        pending: [Item] = [], unknown: [Unknown] = [], notChecked: [String] = []
    ) {
        self.environment = environment
        self.release = release
        self.runningSince = runningSince
        self.state = state
        self.items = items
        self.pending = pending
        self.unknown = unknown
        self.notChecked = notChecked
    }

    /// Whether an absence of findings means that there are none.
    package var isComplete: Bool { state == .compared && unknown.isEmpty }

    /// One word for programs: `none`, `drift`, `unknown`, `invalid`, `rolling`, `empty`.
    package var word: String {
        switch state {
        case .empty: "empty"
        case .rolling: "rolling"
        case .invalid: items.isEmpty ? "invalid" : "drift"
        case .compared: !items.isEmpty ? "drift" : unknown.isEmpty ? "none" : "unknown"
        }
    }
}

extension DriftReport {
    /// The one line that says what is the matter.
    package var verdict: String {
        var parts: [String] = []
        switch state {
        case .empty: return "nothing was rolled out yet"
        case .rolling: return "a rollout is under way; drift is compared when it has ended"
        case .invalid(let reason): parts.append("cannot be compared: \(reason)")
        case .compared: break
        }
        let findings = items.map(\.finding)
        parts += stale(findings, .restart, "restart required") + stale(findings, .rollout, "rollout required")
        for (kind, words) in [(DriftFinding.Kind.unasked, "not asked for"), (.down, "down")] {
            let of = findings.filter { $0.kind == kind }
            if !of.isEmpty { parts.append("\(words): \(Self.list(of.map { $0.service ?? $0.name }))") }
        }
        if !unknown.isEmpty { parts.append("unknown: \(Self.list(unknown.map(\.key)))") }
        if parts.isEmpty { return notChecked.isEmpty ? "no drift" : "no drift in what can be checked here" }
        return parts.joined(separator: "; ")
    }

    private func stale(
        _ findings: [DriftFinding], _ effect: DriftFinding.Effect, _ words: String
    ) -> [String] {
        let of = findings.filter { $0.kind == .stale && $0.effect == effect }
        guard !of.isEmpty else { return [] }
        let services = Self.ordered(of.compactMap(\.service))
        let names = Self.list(of.map(\.name))
        let since = runningSince.map { " as of \($0.minute)" } ?? ""
        let who = services.isEmpty ? environment : services.joined(separator: ", ")
        return ["\(words): \(who) \(services.count <= 1 ? "runs" : "run") \(names)\(since)"]
    }

    /// At most three names, each once.
    private static func list(_ names: [String]) -> String {
        let all = ordered(names)
        let shown = all.prefix(3).joined(separator: ", ")
        return all.count > 3 ? "\(shown) and \(all.count - 3) more" : shown
    }

    private static func ordered(_ names: [String]) -> [String] {
        var seen: Set<String> = []
        return names.filter { seen.insert($0).inserted }
    }
}
