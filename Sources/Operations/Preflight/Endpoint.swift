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
        guard let mark = text.firstRange(of: "://"), mark.lowerBound > text.startIndex else { return nil }
        let scheme = text[..<mark.lowerBound].lowercased()
        guard scheme.allSatisfy({ $0.isLetter || $0.isNumber || "+-.".contains($0) }) else { return nil }
        let rest = text[mark.upperBound...]
        let authority = rest.prefix { !"/?#".contains($0) }
        let (account, place) = Self.split(authority)
        self.scheme = scheme
        user = account.map { Self.decoded($0.prefix { $0 != ":" }) }
        password = account.flatMap { part in
            part.firstIndex(of: ":").map { Self.decoded(part[part.index(after: $0)...]) }
        }
        let port: Substring
        if place.hasPrefix("["), let end = place.firstIndex(of: "]") {
            host = String(place[place.index(after: place.startIndex)..<end])
            port = place[place.index(after: end)...].drop { $0 == ":" }
        } else {
            host = String(place.prefix { $0 != ":" })
            port = place.dropFirst(host.count).drop { $0 == ":" }
        }
        guard !host.isEmpty else { return nil }
        let usual = Self.usualPorts[String(scheme.prefix { $0 != "+" })]
        self.port = port.isEmpty ? usual : Int(port).flatMap { (1...65535).contains($0) ? $0 : nil }
        path = String(rest[authority.endIndex...].prefix { $0 != "?" && $0 != "#" })
    }

    /// As it may be shown: without the account.
    var shown: String { port.map { "\(host):\($0)" } ?? host }

    private static func split(_ authority: Substring) -> (account: Substring?, place: Substring) {
        guard let at = authority.lastIndex(of: "@") else { return (nil, authority) }
        return (authority[..<at], authority[authority.index(after: at)...])
    }

    private static func decoded(_ text: Substring) -> String { text.removingPercent }
}

extension StringProtocol {
    /// With `%41` as `A`; what is not well formed stays as it is.
    var removingPercent: String {
        var bytes: [UInt8] = []
        var rest = Substring(self).utf8[...]
        while let byte = rest.popFirst() {
            let digits = rest.prefix(2)
            if byte == UInt8(ascii: "%"), digits.count == 2, let text = String(digits),
                let value = UInt8(text, radix: 16)
            {
                bytes.append(value)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
