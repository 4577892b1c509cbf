import Rollouts

extension AlertFacts {
    /// The router's certificates, and how long before their end somebody should hear of it.
    package struct Certificates: Sendable, Equatable {
        package var served: [RouterCertificate]
        package var warn: Duration
        package var critical: Duration

        package init(served: [RouterCertificate], warn: Duration, critical: Duration) {
            self.served = served
            self.warn = warn
            self.critical = critical
        }
    }
}

extension AlertConditions {
    /// One alert for all that end soon, by the first of them, and one for all that cannot be taken.
    static func certificates(_ facts: AlertFacts, _ now: Timestamp) -> [Alert] {
        guard let certificates = facts.certificates else { return [] }
        return [expiring(certificates, facts, now), invalid(certificates, facts, now)].compactMap(\.self)
    }

    private static func expiring(
        _ certificates: AlertFacts.Certificates, _ facts: AlertFacts, _ now: Timestamp
    ) -> Alert? {
        let ending = certificates.served.filter { $0.notAfter.map { $0 - now <= certificates.warn } ?? false }
        guard let first = ending.min(by: { ($0.notAfter ?? now) < ($1.notAfter ?? now) }), let end = first.notAfter,
            let days = first.daysLeft(at: now)
        else { return nil }
        let others = ending.count > 1 ? ", and \(ending.count - 1) more end soon" : ""
        let when =
            end <= now ? "ended" : days == 0 ? "ends within a day" : "ends in \(days) \(days == 1 ? "day" : "days")"
        return Alert(
            name: Name.certificateExpiring.rawValue, environment: facts.environment,
            severity: end - now <= certificates.critical ? .critical : .warning,
            summary: "The router's certificate for \(first.names.joined(separator: ", ")) \(when) "
                + "(\(end.rfc3339.prefix(10)), \(first.source))\(others).",
            action: "tidegate status \(facts.environment)", runbook: "runbooks/certificate-expiring.md", since: now)
    }

    private static func invalid(
        _ certificates: AlertFacts.Certificates, _ facts: AlertFacts, _ now: Timestamp
    ) -> Alert? {
        let bad = certificates.served.filter { $0.problem != nil }
        guard let first = bad.first, let problem = first.problem else { return nil }
        return Alert(
            name: Name.certificateInvalid.rawValue, environment: facts.environment, severity: .critical,
            summary: "The router does not take the certificate in \(first.source), and goes on with the one before: "
                + "\(problem).",
            action: "tidegate status \(facts.environment)", runbook: "runbooks/certificate-invalid.md", since: now)
    }
}
