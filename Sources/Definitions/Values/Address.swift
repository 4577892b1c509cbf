/// A host that a value leads to, with what the value says of it.
struct Address: Equatable {
    /// Lower case; empty when only a host is given.
    var scheme: String
    /// Lower case, without brackets.
    var host: String
    var port: Int?
    /// Decoded as it stands, percent signs and all; nil when there is none.
    var user: String?
    var password: String?
    /// What follows the authority, from its `/` on.
    var path: String
    /// Parameters behind `?`, by lower-case name.
    var parameters: [String: String]

    /// Every address in a value: of URLs and DSNs (several hosts between commas), of lists, of libpq's `host=… port=…`, of
    /// Go's `user@tcp(host:port)/name`. A bare host counts only when `isHost`.
    static func all(in value: String, isHost: Bool = false) -> [Address] {
        guard value.utf8.count <= 16_384 else { return [] }
        // Every other form has one of these.
        guard isHost || value.utf8.contains(where: { ":=@".utf8.contains($0) }) else { return [] }
        if value.holds("://") { return elements(value).flatMap(parse) }
        if let address = keywords(value) ?? golang(value) { return [address] }
        guard isHost || value.utf8.contains(0x3A) else { return [] }
        return DeclaredValue.elements(value).compactMap { bare($0, needsPort: !isHost) }
    }

    /// A comma separates addresses when a scheme follows it, and hosts of one address otherwise.
    private static func elements(_ value: String) -> [Substring] {
        guard value.utf8.contains(0x2C) else { return [trimmed(value[...])] }
        var result: [Substring] = []
        for part in value.split(separator: ",", omittingEmptySubsequences: false) {
            if let last = result.last, part.schemeMark == nil {
                result[result.count - 1] = value[last.startIndex..<part.endIndex]
            } else {
                result.append(part)
            }
        }
        return result.map(trimmed)
    }

    /// Without the spaces, quotes and brackets of a list around it.
    private static func trimmed(_ text: Substring) -> Substring {
        let start = text.utf8.drop { $0 == 0x20 || $0 == 0x5B || $0 == 0x22 }
        guard let last = start.lastIndex(where: { $0 != 0x20 && $0 != 0x5D && $0 != 0x22 }) else { return "" }
        return Substring(start[...last])
    }

    private static func parse(_ text: Substring) -> [Address] {
        guard let parts = AddressParts(text) else { return [] }
        var scheme = parts.scheme.lowercased()
        if scheme.hasPrefix("jdbc:") { scheme = String(scheme.dropFirst(5)) }
        guard AddressParts.isScheme(scheme) else { return [] }
        let parameters = parameters(parts.query)
        return parts.hosts.split(separator: ",").compactMap { part in
            guard var address = bare(part, needsPort: false) else { return nil }
            address.scheme = scheme
            address.user = parts.user.map(String.init)
            address.password = parts.password.map(String.init)
            address.path = String(parts.path)
            address.parameters = parameters
            return address
        }
    }

    private static func parameters(_ text: Substring) -> [String: String] {
        var result: [String: String] = [:]
        for pair in text.split(separator: "&") {
            let halves = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            result[halves[0].lowercased()] = halves.count > 1 ? String(halves[1]) : ""
        }
        return result
    }

    /// `host`, `host:port`, `[::1]:port`.
    private static func bare(_ text: some StringProtocol, needsPort: Bool) -> Address? {
        guard let place = AddressPlace(Substring(text)) else { return nil }
        let port = place.port.flatMap { Quantity.integer(String($0)) }
        // `0:30` is a time and `16:9` a shape.
        let isNumber = place.host.utf8.allSatisfy { (0x30...0x39).contains($0) }
        guard !place.host.isEmpty, port != nil || !needsPort, !(isNumber && needsPort), (1...65535).contains(port ?? 1),
            place.host.utf8.allSatisfy({ byte in
                (0x61...0x7A).contains(byte | 0x20) || (0x30...0x3A).contains(byte) || "-._*%".utf8.contains(byte)
            })
        else { return nil }
        return Address(scheme: "", host: place.host.lowercased(), port: port, path: "", parameters: [:])
    }

    /// libpq's keywords and values, section 34.1.1.1 of PostgreSQL's manual, and ADO's `Server=…;Database=…`.
    private static func keywords(_ value: String) -> Address? {
        guard value.contains("=") else { return nil }
        let separator: Character = value.contains(";") ? ";" : " "
        var pairs: [String: String] = [:]
        for part in value.split(separator: separator) {
            let halves = part.split(separator: "=", maxSplits: 1)
            if halves.count == 2 { pairs[halves[0].lowercased().filter { $0 != " " }] = String(halves[1]) }
        }
        guard let host = pairs["hostaddr"] ?? pairs["host"] ?? pairs["server"] ?? pairs["datasource"],
            pairs["dbname"] ?? pairs["database"] ?? pairs["initialcatalog"] ?? pairs["user"] != nil,
            var address = bare(host.replacing("tcp:", with: ""), needsPort: false)
        else { return nil }
        address.port = address.port ?? pairs["port"].flatMap(Quantity.integer)
        address.user = pairs["user"] ?? pairs["userid"] ?? pairs["uid"]
        address.password = pairs["password"] ?? pairs["pwd"]
        address.path = "/" + (pairs["dbname"] ?? pairs["database"] ?? pairs["initialcatalog"] ?? "")
        address.scheme = separator == " " ? "postgresql" : "sqlserver"
        address.parameters = pairs.filter { $0.key == "sslmode" }
        return address
    }

    /// go-sql-driver's `user:password@tcp(host:port)/name`.
    private static func golang(_ value: String) -> Address? {
        guard let open = value.firstRange(of: "@tcp("), let close = value[open.upperBound...].firstIndex(of: ")"),
            var address = bare(value[open.upperBound..<close], needsPort: false)
        else { return nil }
        let halves = value[..<open.lowerBound].split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        address.scheme = "mysql"
        address.user = String(halves[0])
        address.password = halves.count > 1 ? String(halves[1]) : nil
        address.path = String(value[close...].dropFirst().prefix { $0 != "?" })
        address.parameters = parameters(value[close...].drop { $0 != "?" }.dropFirst())
        return address
    }
}
