import Rollouts

/// One certificate that the environment's router serves, or was given and does not take.
package struct CertificateDocument: Codable, Sendable, Equatable {
    /// The file that it comes from.
    package var source: String
    package var names: [String]
    /// Hexadecimal.
    @Null package var serial: String?
    @Null package var notAfter: String?
    /// Whole days, negative when it has ended; null while none is served.
    @Null package var daysLeft: Int?
    /// Why what the file holds now is not served, and what to do.
    @Null package var problem: String?

    package init(_ certificate: RouterCertificate, now: Timestamp) {
        source = certificate.source
        names = certificate.names
        _serial = Null(wrappedValue: certificate.serial)
        _notAfter = Null(wrappedValue: certificate.notAfter?.rfc3339)
        _daysLeft = Null(wrappedValue: certificate.daysLeft(at: now))
        _problem = Null(wrappedValue: certificate.problem)
    }

    /// When it ends, in words.
    package var ends: String {
        guard let daysLeft, let notAfter else { return "none is served" }
        let day = notAfter.prefix(10)
        return daysLeft < 0 ? "ended on \(day)" : "\(daysLeft) \(daysLeft == 1 ? "day" : "days") left (\(day))"
    }
}
