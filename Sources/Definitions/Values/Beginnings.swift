/// A few short pieces of text that begin with a lower-case letter, looked for all at once and in either case.
struct Beginnings: Sendable {
    /// By their first letter, from `a`.
    private let byLetter: [[[UInt8]]]

    init(_ pieces: [String]) {
        var byLetter = [[[UInt8]]](repeating: [], count: 26)
        for piece in pieces.map({ Array($0.utf8) }) { byLetter[Int(piece[0] - 0x61)].append(piece) }
        self.byLetter = byLetter
    }

    /// Whether one of the pieces stands somewhere in the text.
    func stand(in text: some StringProtocol) -> Bool {
        let bytes = text.utf8
        var index = bytes.startIndex
        while index < bytes.endIndex {
            let letter = bytes[index] | 0x20
            if (0x61...0x7A).contains(letter) {
                for piece in byLetter[Int(letter - 0x61)] where begins(bytes[index...], with: piece) { return true }
            }
            index = bytes.index(after: index)
        }
        return false
    }

    private func begins(_ rest: some Collection<UInt8>, with piece: [UInt8]) -> Bool {
        var index = rest.startIndex
        for letter in piece {
            guard index < rest.endIndex, rest[index] | 0x20 == letter else { return false }
            index = rest.index(after: index)
        }
        return true
    }
}
