/// Where an HTTP or WebSocket address leads; `host:port` is one without a scheme.
struct ServiceAddress: Equatable {
    /// `http`, `https`, `ws` or `wss`; nil when the text names none.
    var scheme: String?
    /// Lower case, without brackets.
    var host: String
    /// As written, or the scheme's own.
    var port: Int
    /// Empty, or what begins with `/`; without the query.
    var path: String

    private static let ports = ["http": 80, "ws": 80, "https": 443, "wss": 443]

    /// Nil for anything else, such as a database's address.
    init?(_ text: String) {
        // A scheme or a port.
        guard text.utf8.contains(0x3A) else { return nil }
        let hasScheme = text.schemeMark != nil
        let full = hasScheme ? text : "tcp://\(text)"
        guard let parts = AddressParts(full), let host = Names.host(full), let place = AddressPlace(parts.hosts) else {
            return nil
        }
        scheme = hasScheme ? parts.scheme.lowercased() : nil
        let usual = scheme.flatMap { Self.ports[$0] }
        guard !hasScheme || usual != nil, let port = place.port.flatMap({ Quantity.integer(String($0)) }) ?? usual
        else {
            return nil
        }
        self.host = host
        self.port = port
        path = String(parts.path)
    }

    var isEncrypted: Bool { scheme == "https" || scheme == "wss" }
    var isLoopback: Bool { host == "localhost" || host == "::1" || host.hasPrefix("127.") }
}
