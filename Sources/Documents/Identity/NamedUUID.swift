import Contract
import Crypto

/// UUIDs that follow from a name (RFC 9562 §5.5, version 5): the same name gives the same id on every machine.
package enum NamedUUID {
    /// The id of `name` in `namespace`, in lower case.
    package static func version5(namespace: UUIDBytes, name: String) -> String {
        var hash = Insecure.SHA1()
        hash.update(data: namespace.bytes)
        hash.update(data: Array(name.utf8))
        var bytes = Array(hash.finalize().prefix(16))
        bytes[6] = (bytes[6] & 0x0f) | 0x50
        bytes[8] = (bytes[8] & 0x3f) | 0x80
        return UUIDBytes(bytes: bytes).text
    }
}

/// The 16 bytes of a UUID.
package struct UUIDBytes: Sendable, Equatable {
    package let bytes: [UInt8]

    fileprivate init(bytes: [UInt8]) { self.bytes = bytes }

    /// Reads the form with four hyphens, in any case of letters; nil for anything else.
    package init?(_ text: String) {
        let characters = Array(text.utf8)
        guard characters.count == 36, [8, 13, 18, 23].allSatisfy({ characters[$0] == UInt8(ascii: "-") }) else {
            return nil
        }
        let digits = characters.enumerated().filter { ![8, 13, 18, 23].contains($0.offset) }.map(\.element)
        let nibbles = digits.compactMap(Hexadecimal.value)
        guard nibbles.count == 32 else { return nil }
        bytes = stride(from: 0, to: 32, by: 2).map { nibbles[$0] << 4 | nibbles[$0 + 1] }
    }

    /// A version 4 UUID.
    /// - Parameter source: gives as many random bytes as it is asked for.
    package init(random source: (Int) -> [UInt8]) {
        var bytes = source(16)
        bytes[6] = (bytes[6] & 0x0f) | 0x40
        bytes[8] = (bytes[8] & 0x3f) | 0x80
        self.bytes = bytes
    }

    /// Lower case, with hyphens.
    package var text: String {
        var characters = Array(Hexadecimal.text(bytes).utf8)
        for place in [20, 16, 12, 8] { characters.insert(UInt8(ascii: "-"), at: place) }
        return String(decoding: characters, as: UTF8.self)
    }
}
