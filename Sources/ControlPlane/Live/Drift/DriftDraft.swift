import Definitions
import Operations
import Rollouts
import Secrets

/// Findings on their way into a report.
struct DriftDraft {
    let running: Bundle
    var state = DriftReport.State.compared
    private(set) var findings: [DriftFinding] = []
    private(set) var unknown: [DriftReport.Unknown] = []
    private(set) var notChecked: [String] = []
    /// Secrets, by the key that they are kept by, whose value now is not known.
    private var hidden: Set<String> = []

    init(running: Bundle) { self.running = running }

    mutating func add(_ found: [DriftFinding]) {
        findings += found.filter { finding in
            // A value that is not known differs from nothing; that there is one more, or one less, is known.
            guard finding.subject == .secret, finding.change == .changed, finding.instance == nil else { return true }
            guard let service = finding.service else { return true }
            let own = SecretScope.key(finding.name, service: service)
            return !hidden.contains(own) && !hidden.contains(finding.name)
        }
        // A digest of everything says nothing where a part is not known.
        if !hidden.isEmpty { findings.removeAll { $0.name == "config_digest" && $0.instance == nil } }
    }

    mutating func unknown(key: String, _ reason: String) { unknown.append(.init(key: key, reason: reason)) }

    mutating func unknown(secret key: String, _ reason: String) {
        hidden.insert(key)
        unknown(key: "secret \(key)", reason)
    }

    mutating func notChecked(_ key: String) {
        hidden.insert(key)
        notChecked.append(key)
    }
}
