import FoundationEssentials

/// What a JSON Web Token says of itself. Its signature is not looked at: who gave it out is not known here.
struct WebToken: Decodable {
    var iss: String?
    var role: String?
    /// Seconds since 1970, RFC 7519, 4.1.4.
    var exp: Double?

    private struct Header: Decodable { var alg: String }

    /// Nil when the text is no token: three parts in base64url, the first two of them JSON objects.
    init?(_ text: String) {
        guard text.hasPrefix("ey"), text.utf8.count <= 16_384 else { return nil }
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3, let header = Base64.decode(parts[0]), let payload = Base64.decode(parts[1]) else {
            return nil
        }
        do {
            _ = try JSONDecoder().decode(Header.self, from: Data(header))
            self = try JSONDecoder().decode(WebToken.self, from: Data(payload))
        } catch {
            // What does not decode is no token, and that is the answer.
            return nil
        }
    }
}

/// Base64 of RFC 4648 in both alphabets, with padding or without.
enum Base64 {
    static func decode(_ text: some StringProtocol) -> [UInt8]? {
        var bits: UInt32 = 0
        var count = 0
        var result: [UInt8] = []
        var hasEnded = false
        var digits = 0
        for byte in text.utf8 {
            if byte == 0x3D {
                hasEnded = true
                continue
            }
            guard !hasEnded, let value = value(byte) else { return nil }
            digits += 1
            bits = bits << 6 | UInt32(value)
            count += 6
            if count >= 8 {
                count -= 8
                result.append(UInt8(truncatingIfNeeded: bits >> UInt32(count)))
            }
        }
        return digits % 4 == 1 ? nil : result
    }

    private static func value(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 0x41...0x5A: byte - 0x41
        case 0x61...0x7A: byte - 0x61 + 26
        case 0x30...0x39: byte - 0x30 + 52
        case 0x2B, 0x2D: 62
        case 0x2F, 0x5F: 63
        default: nil
        }
    }
}
