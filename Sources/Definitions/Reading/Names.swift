/// How names are written.
package enum Names {
    /// `[a-z][a-z0-9-]*`, at most 63 characters.
    package static func isName(_ text: String) -> Bool {
        guard let first = text.utf8.first, (0x61...0x7A).contains(first), text.utf8.count <= 63 else { return false }
        return text.utf8.allSatisfy { (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x2D }
    }

    /// `[A-Za-z_][A-Za-z0-9_]*`, at most 128 characters.
    package static func isVariable(_ text: String) -> Bool {
        guard let first = text.utf8.first, !(0x30...0x39).contains(first), text.utf8.count <= 128 else { return false }
        return text.utf8.allSatisfy {
            (0x61...0x7A).contains($0) || (0x41...0x5A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x5F
        }
    }

    /// Relative, below the project, without `..` and empty parts.
    package static func isRelativePath(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.count <= 1024 && !text.utf8.contains(0)
            && text.split(separator: "/", omittingEmptySubsequences: false).allSatisfy {
                !$0.isEmpty && $0 != ".." && $0 != "."
            }
    }

    /// The host of an `http` or `https` address, lower case, without brackets and port; nil for what is no such address.
    package static func httpHost(_ text: String) -> String? {
        guard text.hasPrefix("http://") || text.hasPrefix("https://") else { return nil }
        return host(text)
    }

    /// The host of an address with any scheme. Nil when there is no scheme, no host, or a character that an address
    /// cannot have.
    package static func host(_ text: String) -> String? {
        guard let parts = AddressParts(text), AddressParts.isScheme(parts.scheme),
            text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != 0x22 }),
            let place = AddressPlace(parts.hosts), place.isBracketed || !place.host.utf8.contains(0x3A)
        else { return nil }
        if let port = place.port {
            guard let number = Quantity.integer(String(port)), (1...65535).contains(number) else { return nil }
        }
        return place.host.isEmpty ? nil : place.host.lowercased()
    }
}
