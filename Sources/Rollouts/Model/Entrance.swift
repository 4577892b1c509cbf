import Definitions

/// How the router lets clients in to a bundle's services: part of the bundle, as their ports are. What the certificate's
/// file holds is not: it is renewed while a bundle runs.
package struct Entrance: Codable, Sendable, Equatable {
    /// An IPv4 address of this machine, or `*` for all of them.
    package var bind: String
    /// The absolute path of a PEM file or of a folder of them; nil: no encryption here.
    package var certificate: String?
    /// What the certificate must be for, if it is said.
    package var names: [String]
    /// How testers name the release that is to answer them.
    package var testers: TesterDefinition?

    package init(
        bind: String = RouterDefinition.loopback, certificate: String? = nil, names: [String] = [],
        testers: TesterDefinition? = nil
    ) {
        self.bind = bind
        self.certificate = certificate
        self.names = names
        self.testers = testers
    }

    /// Nil for what holds without saying it.
    package init?(_ router: RouterDefinition) {
        self.init(
            bind: router.bind, certificate: router.certificate?.path, names: router.certificate?.names ?? [],
            testers: router.testers)
        if self == Entrance() { return nil }
    }

    /// Where this machine itself connects to.
    package var host: String { bind == "*" ? RouterDefinition.loopback : bind }
}

/// Where a service is reached through the router, and how to tell that it is the right one.
package struct RouterDoor: Codable, Sendable, Equatable {
    /// `https://documents.example.com:8200`: what clients write.
    package var url: String
    /// The address to connect to, whatever the name in the URL resolves to; nil takes the URL's.
    package var host: String?
    /// A PEM file of the certificates that the router serves: whoever shows another one is not this router.
    package var authorities: String?

    package init(url: String, host: String? = nil, authorities: String? = nil) {
        self.url = url
        self.host = host
        self.authorities = authorities
    }

    /// Whether the address leads through this door.
    package func leads(to address: String) -> Bool { address == url || address.hasPrefix("\(url)/") }
}

/// One certificate that the router serves or was given.
package struct RouterCertificate: Codable, Sendable, Equatable {
    /// The file that it comes from, or the folder when that cannot be read.
    package var source: String
    package var names: [String]
    /// Of the one served; nil while none is.
    package var serial: String?
    package var notAfter: Timestamp?
    /// Why what the file holds now is not served, in words that say what to do.
    package var problem: String?

    package init(
        source: String, names: [String] = [], serial: String? = nil, notAfter: Timestamp? = nil, problem: String? = nil
    ) {
        self.source = source
        self.names = names
        self.serial = serial
        self.notAfter = notAfter
        self.problem = problem
    }

    /// Whole days until it ends, negative when it has; nil while none is served.
    package func daysLeft(at now: Timestamp) -> Int? {
        notAfter.map { end in
            let (days, rest) = (end.microseconds - now.microseconds).quotientAndRemainder(dividingBy: 86_400_000_000)
            return Int(rest < 0 ? days - 1 : days)
        }
    }
}
