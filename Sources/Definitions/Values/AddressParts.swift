/// The pieces of `scheme://account@hosts/path?query#fragment` as they are written, RFC 3986, section 3. Nothing is decoded,
/// and nothing is refused but what has no scheme.
package struct AddressParts {
    package var scheme: Substring
    /// What stands before the last `@` of the authority.
    package var account: Substring?
    /// A host with its port; several between commas in the addresses of some databases.
    package var hosts: Substring
    /// With its slash; empty without one.
    package var path: Substring
    /// What stands behind `?`; empty without one.
    package var query: Substring

    package init?(_ text: some StringProtocol) {
        let text = Substring(text)
        guard let mark = text.schemeMark else { return nil }
        let bytes = text.utf8
        scheme = text[..<mark.lowerBound]
        let authority = Substring(bytes[mark.upperBound...].prefix { $0 != 0x2F && $0 != 0x3F && $0 != 0x23 })
        let at = authority.utf8.lastIndex(of: 0x40)
        account = at.map { authority[..<$0] }
        hosts = at.map { authority[authority.utf8.index(after: $0)...] } ?? authority
        path = Substring(bytes[authority.endIndex...].prefix { $0 != 0x3F && $0 != 0x23 })
        let rest = bytes[path.endIndex...]
        query = rest.first == 0x3F ? Substring(rest.dropFirst().prefix { $0 != 0x23 }) : ""
    }

    /// A letter, and then letters, digits, `+`, `-` and `.`: RFC 3986, section 3.1.
    static func isScheme(_ text: some StringProtocol) -> Bool {
        guard let first = text.utf8.first, isLetter(first) else { return false }
        return text.utf8.allSatisfy { byte in
            isLetter(byte) || (0x30...0x39).contains(byte) || byte == 0x2B || byte == 0x2D || byte == 0x2E
        }
    }

    private static func isLetter(_ byte: UInt8) -> Bool { (0x61...0x7A).contains(byte | 0x20) }

    /// The account up to its first colon.
    package var user: Substring? { account.map { Substring($0.utf8.prefix { $0 != 0x3A }) } }

    /// The account behind its first colon; nil when it has none.
    package var password: Substring? {
        account.flatMap { account in
            account.utf8.firstIndex(of: 0x3A).map { account[account.utf8.index(after: $0)...] }
        }
    }
}

/// A host and what follows its colon: `host`, `host:port`, `[::1]:port`, and `::1`, which has no port.
package struct AddressPlace {
    package var host: Substring
    /// As written; nil without a colon.
    package var port: Substring?
    /// Whether the host stood between brackets, as IPv6 addresses do.
    package var isBracketed = false

    /// Nil when a bracket does not close, or something else than a port follows it.
    package init?(_ text: Substring) {
        let bytes = text.utf8
        if bytes.first == 0x5B {
            guard let end = bytes.firstIndex(of: 0x5D) else { return nil }
            host = text[bytes.index(after: text.startIndex)..<end]
            isBracketed = true
            let rest = bytes[end...].dropFirst()
            guard rest.isEmpty || rest.first == 0x3A else { return nil }
            port = rest.isEmpty ? nil : Substring(rest.dropFirst())
        } else if let colon = bytes.firstIndex(of: 0x3A), bytes.lastIndex(of: 0x3A) == colon {
            host = text[..<colon]
            port = text[bytes.index(after: colon)...]
        } else {
            host = text
        }
    }
}

extension StringProtocol {
    /// Where the first `://` stands.
    package var schemeMark: Range<Index>? {
        var rest = utf8[...]
        while let colon = rest.firstIndex(of: 0x3A) {
            rest = rest[colon...]
            if rest.starts(with: "://".utf8) { return colon..<utf8.index(colon, offsetBy: 3) }
            rest = rest.dropFirst()
        }
        return nil
    }
}
