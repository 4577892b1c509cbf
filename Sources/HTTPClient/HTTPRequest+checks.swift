/// What is refused before a byte is sent, and how a URL may be shown.
extension HTTPRequest {
    /// The URL without user name, password, query values and fragment: those carry signatures and tokens.
    package var shownURL: String {
        let base = url.prefix { $0 != "?" && $0 != "#" }
        let query = url.contains("?") ? "?…" : ""
        let through = unixSocket.map { " over \($0)" } ?? ""
        guard let scheme = base.firstRange(of: "://") else { return base + query + through }
        let rest = base[scheme.upperBound...]
        let authority = rest.prefix { $0 != "/" }
        guard let at = authority.lastIndex(of: "@") else { return base + query + through }
        return base[..<scheme.upperBound] + rest[rest.index(after: at)...] + query + through
    }

    /// The host without port, user name and brackets, in lower case; empty when the URL has none.
    var host: String {
        guard let scheme = url.firstRange(of: "://") else { return "" }
        let authority = url[scheme.upperBound...].prefix { !"/?#".contains($0) }
        let place = authority.split(separator: "@", omittingEmptySubsequences: false).last ?? ""
        if place.hasPrefix("[") { return place.dropFirst().prefix { $0 != "]" }.lowercased() }
        return place.prefix { $0 != ":" }.lowercased()
    }

    var isEncrypted: Bool { url.lowercased().hasPrefix("https://") }

    /// Whether the answer comes from this machine, which no proxy of the environment may stand in for.
    var isLocal: Bool {
        let place = connectTo ?? host
        return unixSocket != nil || place == "localhost" || place == "::1" || place.hasPrefix("127.")
    }

    /// Why the request cannot be sent, or nil.
    func flaw() -> HTTPError? {
        reason().map { .invalidRequest(url: shownURL, reason: $0) }
    }

    private func reason() -> String? {
        let scheme = url.lowercased()
        let schemes = mail == nil ? ["http://", "https://"] : ["smtp://", "smtps://"]
        guard schemes.contains(where: scheme.hasPrefix) else {
            return "the URL must begin with \(schemes.joined(separator: " or "))"
        }
        if mail?.isPlain == false { return "an address of the mail has a space or control character, or is missing" }
        if host.isEmpty { return "the URL names no host" }
        if url.utf8.contains(where: { $0 <= 0x20 || $0 == 0x7F }) {
            return "the URL contains a space or control character"
        }
        if method.isEmpty || !method.utf8.allSatisfy(isTokenByte) { return "the method is not a word" }
        for header in headers {
            if header.name.isEmpty || !header.name.utf8.allSatisfy(isTokenByte) {
                return "a header's name is empty or has characters that HTTP does not allow"
            }
            if header.value.utf8.contains(where: { $0 == 0 || $0 == 0x0A || $0 == 0x0D }) {
                return "the value of the header \(header.name) contains a line break"
            }
        }
        if let connectTo, connectTo.isEmpty || !connectTo.utf8.allSatisfy(isHostByte) {
            return "the host to connect to is not one"
        }
        // The room that a socket's address has for its path, on Linux and macOS alike, less the final zero.
        if let unixSocket, unixSocket.utf8.count > 103 { return "the path of the socket is longer than 103 bytes" }
        if timeout <= .zero || connectTimeout <= .zero { return "a time limit is not above zero" }
        return nil
    }
}

/// Letters, digits and what names and addresses have besides.
private func isHostByte(_ byte: UInt8) -> Bool { isTokenByte(byte) || byte == UInt8(ascii: ":") }

/// RFC 9110, section 5.6.2.
private func isTokenByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"):
        true
    default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
    }
}
