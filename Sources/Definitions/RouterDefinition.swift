/// How clients reach an environment's services, as its file says it.
package struct RouterDefinition: Sendable, Equatable {
    package enum Encryption: Sendable, Equatable {
        case none
        case certificate(CertificateDefinition)
        /// Something in front does it, and this says what.
        case elsewhere(reason: String)
    }

    package static let loopback = "127.0.0.1"

    /// An IPv4 address of this machine, or `*` for all of them.
    package var bind: String
    package var encryption: Encryption
    /// How testers name the release that is to answer them.
    package var testers: TesterDefinition?

    package init(
        bind: String = RouterDefinition.loopback, encryption: Encryption = .none, testers: TesterDefinition? = nil
    ) {
        self.bind = bind
        self.encryption = encryption
        self.testers = testers
    }

    /// Whether only this machine can reach it.
    package var isLocal: Bool { bind.hasPrefix("127.") }

    package var certificate: CertificateDefinition? {
        if case .certificate(let certificate) = encryption { certificate } else { nil }
    }
}

/// What a tester's request carries: the version of the release that is to answer it.
package struct TesterDefinition: Sendable, Equatable, Codable {
    package enum Carrier: String, Sendable, Codable { case header, cookie }

    package var carrier: Carrier
    /// The header's or the cookie's name: letters, digits, `-` and `_`.
    package var name: String

    package init(_ carrier: Carrier, name: String) {
        self.carrier = carrier
        self.name = name
    }
}

/// Where the router's certificate is, and what is expected of it.
package struct CertificateDefinition: Sendable, Equatable {
    /// An absolute path: a PEM file, or a folder of them.
    package var path: String
    /// What it must be for; empty: what the certificate before it was for.
    package var names: [String]
    /// How long before its end the alert comes, and when it becomes critical.
    package var warn: Duration
    package var critical: Duration
    /// Where the path stands; nil for one that no file names.
    package var place: Place?

    package init(
        path: String, names: [String] = [], warn: Duration = .seconds(30 * 86_400),
        critical: Duration = .seconds(7 * 86_400), place: Place? = nil
    ) {
        self.place = place
        self.path = path
        self.names = names
        self.warn = warn
        self.critical = critical
    }
}
