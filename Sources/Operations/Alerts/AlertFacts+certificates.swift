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

    /// One value for all that end soon, by the first of them, and one for all that cannot be taken.
    func addCertificates(to snapshot: inout SeriesSnapshot, _ now: Timestamp) {
        guard let certificates else { return }
        let ending = Self.ending(certificates, now)
        snapshot[.certificateUrgency] = .known([
            AlertSample(ending?.urgency ?? 0, notes: ["detail": ending?.detail ?? ""])
        ])
        let invalid = certificates.served.lazy.compactMap { served in
            served.problem.map { problem in
                "The router does not take the certificate in \(served.source), and goes on with the one before: \(problem)."
            }
        }.first
        snapshot[.certificateInvalid] = .known([
            AlertSample(invalid == nil ? 0 : 1, notes: ["detail": invalid ?? ""])
        ])
    }

    private static func ending(_ certificates: Certificates, _ now: Timestamp) -> (urgency: Double, detail: String)? {
        let ending = certificates.served.filter { $0.notAfter.map { $0 - now <= certificates.warn } ?? false }
        guard let first = ending.min(by: { ($0.notAfter ?? now) < ($1.notAfter ?? now) }), let end = first.notAfter,
            let days = first.daysLeft(at: now)
        else { return nil }
        let others = ending.count > 1 ? ", and \(ending.count - 1) more end soon" : ""
        let when =
            end <= now ? "ended" : days == 0 ? "ends within a day" : "ends in \(days) \(days == 1 ? "day" : "days")"
        let detail =
            "The router's certificate for \(first.names.joined(separator: ", ")) \(when) "
            + "(\(end.rfc3339.prefix(10)), \(first.source))\(others)."
        return (end - now <= certificates.critical ? 2 : 1, detail)
    }
}
