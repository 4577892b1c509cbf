/// Where a host is, as far as its name or number tells.
enum HostKind: Equatable {
    /// This machine: `localhost`, 127.0.0.0/8, `::1`, the unspecified address, `host.docker.internal`.
    case loopback
    /// A number that only a private network knows: RFC 1918, RFC 4193, link-local. Says which.
    case privateAddress(String)
    /// A name that only a private network knows: `.local`, `.internal`, `.lan`. Says which.
    case privateName(String)
    /// Names for documentation, RFC 2606 and RFC 6761.
    case example
    /// A name without a dot, or of a cluster: a neighbour on the same platform.
    case neighbour
    case other

    init(_ host: String) {
        let name = host.hasSuffix(".") ? String(host.dropLast()) : host
        if let number = Self.ipv4(name) {
            self = Self.kind(ofIPv4: number)
        } else if name.contains(":") {
            self = Self.kind(ofIPv6: name)
        } else {
            self = Self.kind(ofName: name)
        }
    }

    private static func kind(ofName name: String) -> HostKind {
        let labels = name.split(separator: ".")
        let last = labels.last.map(String.init) ?? ""
        if name == "localhost" || last == "localhost" || name == "localhost.localdomain" || name == "ip6-localhost" {
            return .loopback
        }
        if name == "host.docker.internal" || name == "host.containers.internal" { return .loopback }
        if labels.count >= 2, ["com", "org", "net"].contains(last), labels[labels.count - 2] == "example" {
            return .example
        }
        if labels.count >= 2, ["example", "test", "invalid"].contains(last) { return .example }
        if name.hasSuffix(".svc") || name.hasSuffix(".cluster.local") || labels.count == 1 { return .neighbour }
        if ["local", "internal", "lan", "intranet", "home", "localdomain"].contains(last) {
            return .privateName(".\(last)")
        }
        return .other
    }

    private static func kind(ofIPv4 number: UInt32) -> HostKind {
        func isIn(_ network: UInt32, _ bits: UInt32) -> Bool { number >> (32 - bits) == network >> (32 - bits) }
        if isIn(0x7F00_0000, 8) || number == 0 { return .loopback }
        if isIn(0x0A00_0000, 8) { return .privateAddress("10.0.0.0/8") }
        if isIn(0xAC10_0000, 12) { return .privateAddress("172.16.0.0/12") }
        if isIn(0xC0A8_0000, 16) { return .privateAddress("192.168.0.0/16") }
        if isIn(0xA9FE_0000, 16) { return .privateAddress("169.254.0.0/16, link-local") }
        return .other
    }

    private static func kind(ofIPv6 text: String) -> HostKind {
        let address = text.prefix { $0 != "%" }
        if address == "::1" || address == "::" { return .loopback }
        if let mapped = address.split(separator: ":").last, let number = ipv4(String(mapped)), mapped.contains(".") {
            return kind(ofIPv4: number)
        }
        let groups = address.split(separator: ":", omittingEmptySubsequences: false).filter { !$0.isEmpty }
        if groups.allSatisfy({ $0.allSatisfy { $0 == "0" } || $0 == groups.last && Int($0, radix: 16) == 1 }) {
            return .loopback
        }
        guard let first = address.split(separator: ":", omittingEmptySubsequences: false).first,
            let number = UInt16(first, radix: 16)
        else { return .other }
        if number & 0xFE00 == 0xFC00 { return .privateAddress("fc00::/7") }
        if number & 0xFFC0 == 0xFE80 { return .privateAddress("fe80::/10, link-local") }
        return .other
    }

    /// The number of an IPv4 address in any form that `inet_aton` takes: `127.1`, `0x7f.1`, `2130706433`.
    static func ipv4(_ text: String) -> UInt32? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard (1...4).contains(parts.count), parts.allSatisfy({ $0.first?.isASCIIDigit == true }) else { return nil }
        var numbers: [UInt32] = []
        for part in parts {
            let number =
                part.hasPrefix("0x")
                ? UInt32(part.dropFirst(2), radix: 16)
                : part.hasPrefix("0") && part.count > 1 ? UInt32(part, radix: 8) : UInt32(part)
            guard let number else { return nil }
            numbers.append(number)
        }
        let bits = UInt32(8 * (5 - numbers.count))
        guard numbers.dropLast().allSatisfy({ $0 < 256 }), let last = numbers.last, UInt64(last) < UInt64(1) << bits
        else {
            return nil
        }
        return numbers.dropLast().enumerated().reduce(last) { $0 | $1.element << (24 - 8 * UInt32($1.offset)) }
    }
}
