import Contract
import Definitions

/// The network place in a URL or a DSN.
struct Endpoint: Sendable, Hashable {
    var scheme: String
    var user: String?
    var password: String?
    var host: String
    /// Nil when the address has none and the scheme has no usual one.
    var port: Int?
    /// What follows, with its slash; without query and fragment.
    var path: String

    private static let usualPorts = [
        "http": 80, "https": 443, "ws": 80, "wss": 443, "postgres": 5432, "postgresql": 5432, "mysql": 3306,
        "redis": 6379, "rediss": 6379, "amqp": 5672, "amqps": 5671, "mongodb": 27017, "nats": 4222, "smtp": 25,
    ]

    /// - Returns: nil for text that is no `scheme://host…`.
    init?(_ text: String) {
        guard let parts = AddressParts(text), !parts.scheme.isEmpty,
            let place = AddressPlace(parts.hosts.prefix { $0 != "," }), !place.host.isEmpty
        else { return nil }
        scheme = parts.scheme.lowercased()
        guard scheme.allSatisfy({ $0.isLetter || $0.isNumber || "+-.".contains($0) }) else { return nil }
        user = parts.user?.percentDecoded
        password = parts.password?.percentDecoded
        host = String(place.host)
        let port = place.port ?? ""
        let usual = Self.usualPorts[String(scheme.prefix { $0 != "+" })]
        self.port = port.isEmpty ? usual : Int(port).flatMap { (1...65535).contains($0) ? $0 : nil }
        path = String(parts.path)
    }

    /// As it may be shown: without the account.
    var shown: String { port.map { "\(host):\($0)" } ?? host }
}
