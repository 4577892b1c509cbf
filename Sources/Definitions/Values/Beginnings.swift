/// A few short pieces of text, looked for all at once; ASCII letters are the same in either case.
struct Beginnings: Sendable {
    /// By their first byte, in lower case.
    private let byFirst: [[[UInt8]]]

    init(_ pieces: [String]) {
        var byFirst = [[[UInt8]]](repeating: [], count: 256)
        for piece in pieces {
            let bytes = piece.utf8.map(Self.folded)
            if let first = bytes.first { byFirst[Int(first)].append(bytes) }
        }
        self.byFirst = byFirst
    }

    /// Whether one of the pieces stands somewhere in the text.
    func stand(in text: some StringProtocol) -> Bool {
        let bytes = text.utf8
        var index = bytes.startIndex
        while index < bytes.endIndex {
            for piece in byFirst[Int(Self.folded(bytes[index]))] where begins(bytes[index...], with: piece) {
                return true
            }
            index = bytes.index(after: index)
        }
        return false
    }

    private func begins(_ rest: some Collection<UInt8>, with piece: [UInt8]) -> Bool {
        var index = rest.startIndex
        for byte in piece {
            guard index < rest.endIndex, Self.folded(rest[index]) == byte else { return false }
            index = rest.index(after: index)
        }
        return true
    }

    private static func folded(_ byte: UInt8) -> UInt8 { (0x41...0x5A).contains(byte) ? byte | 0x20 : byte }
}
