/// Masks secret values in text that people or machines will read: as they are, in the encodings that programs write, and
/// where lines were broken in the middle of one.
package struct Redactor: Sendable {
    /// What stands in their place.
    package static let mark = "•••"
    /// Only a form of this length is looked for across line ends; a shorter one would be found where it is not.
    private static let shortestAcrossLines = 12

    private let plain: ByteSearch
    private let acrossLines: ByteSearch
    /// How long a form may be: who reads text in pieces has to look back this far.
    package let longest: Int

    /// Values shorter than four characters are left out: masking them would blacken ordinary text.
    package init(_ secrets: some Sequence<Secret>) {
        let forms = SecretForms.all(of: secrets.map { $0.reveal() })
        plain = ByteSearch(forms)
        let squeezed = forms.map { Squeezed($0).bytes }.filter { $0.count >= Self.shortestAcrossLines }
        acrossLines = ByteSearch(Set(squeezed).sorted { $0.count > $1.count })
        longest = (forms.first?.count ?? 0) * 2 + 256
    }

    package func mask(_ text: String) -> String {
        let bytes = Array(text.utf8)
        let ranges = ranges(in: bytes)
        guard !ranges.isEmpty else { return text }
        var result: [UInt8] = []
        var end = 0
        for range in ranges {
            result += bytes[end..<range.lowerBound]
            result += Array(Self.mark.utf8)
            end = range.upperBound
        }
        result += bytes[end...]
        return String(decoding: result, as: UTF8.self)
    }

    /// Masks lines that follow each other, also what begins in one and ends in another.
    package func mask(lines: [String]) -> [String] {
        mask(lines.joined(separator: "\n")).split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    }

    /// Where secrets stand, in order and without overlaps. Line ends are never part of it.
    package func ranges(in bytes: [UInt8]) -> [Range<Int>] {
        var found = plain.ranges(in: bytes)
        if !acrossLines.isEmpty, bytes.contains(UInt8(ascii: "\n")) {
            let squeezed = Squeezed(bytes)
            found += acrossLines.ranges(in: squeezed.bytes).map {
                squeezed.positions[$0.lowerBound]..<(squeezed.positions[$0.upperBound - 1] + 1)
            }
        }
        return Self.merged(found).flatMap { Self.withoutLineEnds($0, bytes) }
    }

    private static func merged(_ ranges: [Range<Int>]) -> [Range<Int>] {
        var merged: [Range<Int>] = []
        for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) {
            if let last = merged.last, range.lowerBound < last.upperBound {
                merged[merged.count - 1] = last.lowerBound..<max(last.upperBound, range.upperBound)
            } else {
                merged.append(range)
            }
        }
        return merged
    }

    private static func withoutLineEnds(_ range: Range<Int>, _ bytes: [UInt8]) -> [Range<Int>] {
        bytes[range].split { $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r") }
            .map { $0.startIndex..<$0.endIndex }
    }
}

/// Bytes without line ends and the blanks after them, and where each stood.
private struct Squeezed {
    var bytes: [UInt8] = []
    var positions: [Int] = []

    init(_ text: [UInt8]) {
        bytes.reserveCapacity(text.count)
        positions.reserveCapacity(text.count)
        var isIndent = false
        for (position, byte) in text.enumerated() {
            if byte == 10 || byte == 13 {
                isIndent = true
            } else if !isIndent || (byte != 32 && byte != 9) {
                isIndent = false
                bytes.append(byte)
                positions.append(position)
            }
        }
    }
}

/// Finds many byte strings in one pass: those that begin with the two bytes at hand are compared, and few do.
private struct ByteSearch: Sendable {
    private let needles: [[UInt8]]
    /// The needles by their first two bytes, the longest first.
    private let starts: [UInt16: [Int]]
    private let isStart: [Bool]

    var isEmpty: Bool { needles.isEmpty }

    /// - Parameter needles: each of two bytes or more, the longest first.
    init(_ needles: [[UInt8]]) {
        self.needles = needles
        var starts: [UInt16: [Int]] = [:]
        var isStart = [Bool](repeating: false, count: needles.isEmpty ? 0 : 1 << 16)
        for (index, needle) in needles.enumerated() {
            let start = UInt16(needle[0]) << 8 | UInt16(needle[1])
            starts[start, default: []].append(index)
            isStart[Int(start)] = true
        }
        self.starts = starts
        self.isStart = isStart
    }

    func ranges(in bytes: [UInt8]) -> [Range<Int>] {
        guard !needles.isEmpty, bytes.count > 1 else { return [] }
        return bytes.withUnsafeBufferPointer { bytes in
            var found: [Range<Int>] = []
            var position = 0
            while position < bytes.count - 1 {
                let start = UInt16(bytes[position]) << 8 | UInt16(bytes[position + 1])
                if isStart[Int(start)], let length = match(start, bytes, position) {
                    found.append(position..<(position + length))
                    position += length
                } else {
                    position += 1
                }
            }
            return found
        }
    }

    private func match(_ start: UInt16, _ bytes: UnsafeBufferPointer<UInt8>, _ position: Int) -> Int? {
        for index in starts[start] ?? [] {
            let needle = needles[index]
            guard needle.count <= bytes.count - position else { continue }
            if needle.indices.allSatisfy({ bytes[position + $0] == needle[$0] }) { return needle.count }
        }
        return nil
    }
}
