/// Gathers findings while a tree is read. For use within one function at a time.
package final class FindingCollector {
    package private(set) var findings: [Finding]
    /// The environment that is being read.
    package let environment: String?

    /// Which keys were asked for, when somebody wants to know: a test compares them with the reference.
    package private(set) var keys: Set<String>?

    package init(environment: String? = nil, findings: [Finding] = [], recordsKeys: Bool = false) {
        self.environment = environment
        self.findings = findings
        keys = recordsKeys ? [] : nil
    }

    func noteKey(_ path: String) {
        keys?.insert(path)
    }

    package func report(
        _ rule: String, severity: Finding.Severity = .error, at place: Place, name: String? = nil, _ message: String,
        fix: String
    ) {
        findings.append(
            Finding(
                rule: rule, severity: severity, environment: environment, place: place, name: name, message: message,
                fix: fix))
    }

    package func add(_ more: [Finding]) {
        findings += more
    }
}
