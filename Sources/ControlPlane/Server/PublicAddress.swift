import Definitions

/// Where people find the dashboard, behind whatever stands before it: what links in notifications begin with.
package struct PublicAddress: Sendable, Equatable, CustomStringConvertible {
    /// `http` or `https`.
    let scheme: String
    /// Lower case; IPv6 in brackets. Without the port.
    let host: String
    /// Nil for the scheme's own.
    let port: Int?
    /// What a proxy takes off before it asks: empty, or a path that begins with a slash and ends without one.
    let prefix: String

    /// `https://ops.example.com`, `http://10.0.0.5:7070`, `https://ops.example.com/tidegate`; slashes at the end are left out.
    /// - Throws: `Refusal` (exit 1) that says what is wrong.
    package init(_ text: String) throws {
        func refusal(_ why: String) -> Refusal {
            Refusal(
                "bad_address", "\(text) is no public address: \(why); write it like https://ops.example.com/tidegate.",
                exit: .usage)
        }
        guard let parts = AddressParts(text), ["http", "https"].contains(parts.scheme.lowercased()) else {
            throw refusal("it begins neither with http:// nor with https://")
        }
        // What it says would be in every notification.
        guard parts.account == nil else {
            throw Refusal(
                "bad_address", "The public address has a user or a password in it; leave out all up to the @.",
                exit: .usage)
        }
        guard !text.utf8.contains(where: { "?#".utf8.contains($0) }) else {
            throw refusal("links go on behind it, so it has no ? and no #")
        }
        guard let place = AddressPlace(parts.hosts), Self.isHost(place) else { throw refusal("it names no host") }
        let port = place.port.map { Int($0) ?? 0 }
        guard port.map((1...65_535).contains) ?? true else { throw refusal("a port is a number from 1 to 65535") }
        guard Self.isPath(parts.path) else {
            throw refusal("its path has characters that are written like %20")
        }
        scheme = parts.scheme.lowercased()
        host = place.isBracketed ? "[\(place.host.lowercased())]" : place.host.lowercased()
        self.port = port
        prefix = String(parts.path.reversed().drop { $0 == "/" }.reversed())
    }

    /// Without a slash at its end.
    package var description: String { "\(scheme)://\(host)\(port.map { ":\($0)" } ?? "")\(prefix)" }

    private static func isHost(_ place: AddressPlace) -> Bool {
        guard !place.host.isEmpty else { return false }
        return place.host.utf8.allSatisfy { byte in
            place.isBracketed
                ? isDigit(byte) || (0x61...0x66).contains(byte | 0x20) || ":.".utf8.contains(byte)
                : isLetter(byte) || isDigit(byte) || "-._".utf8.contains(byte)
        }
    }

    /// Segments of RFC 3986, section 3.3.
    private static func isPath(_ path: Substring) -> Bool {
        path.utf8.allSatisfy { isLetter($0) || isDigit($0) || "/-._~%!$&'()*+,;=:@".utf8.contains($0) }
    }

    private static func isLetter(_ byte: UInt8) -> Bool { (0x61...0x7A).contains(byte | 0x20) }
    private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
}
