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
        let scheme = text.firstRange(of: "://").map { String(text[..<$0.lowerBound]).lowercased() }
        let full = scheme == nil ? "tcp://\(text)" : text
        guard scheme == nil || Self.ports[scheme ?? ""] != nil, let host = Names.host(full),
            let mark = full.firstRange(of: "://")
        else { return nil }
        let rest = full[mark.upperBound...]
        let authority = rest.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        let written = authority.lastIndex(of: ":").flatMap { Quantity.integer(String(authority[$0...].dropFirst())) }
        guard let port = written ?? Self.ports[scheme ?? ""] else { return nil }
        self.scheme = scheme
        self.host = host
        self.port = port
        path = String(rest.dropFirst(authority.count).prefix { $0 != "?" && $0 != "#" })
    }

    var isEncrypted: Bool { scheme == "https" || scheme == "wss" }
    var isLoopback: Bool { host == "localhost" || host == "::1" || host.hasPrefix("127.") }
}
