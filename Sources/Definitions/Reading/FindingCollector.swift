/// Gathers findings while a tree is read. For use within one function at a time.
package final class FindingCollector {
    package private(set) var findings: [Finding]
    /// The environment that is being read.
    package let environment: String?

    package init(environment: String? = nil, findings: [Finding] = []) {
        self.environment = environment
        self.findings = findings
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
