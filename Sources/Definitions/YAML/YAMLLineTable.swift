/// Lines and columns of a file by byte offset: a mark every so many bytes, and the few bytes after it counted when asked.
///
/// Lines end with a line feed, a carriage return, or both. Columns count Unicode scalars. Both begin at 1.
struct YAMLLineTable: Sendable {
    struct Position: Sendable, Equatable {
        var line = 1
        var column = 1
    }

    private struct Mark {
        var line: UInt32
        var column: UInt32
    }

    private static let stride = 128
    private let marks: [Mark]

    var byteCount: Int { marks.capacity * MemoryLayout<Mark>.stride }

    init(_ bytes: [UInt8]) {
        var marks: [Mark] = []
        marks.reserveCapacity(bytes.count / Self.stride + 1)
        var position = Position()
        var start = 0
        bytes.withUnsafeBufferPointer { bytes in
            repeat {
                marks.append(Mark(line: UInt32(position.line), column: UInt32(position.column)))
                let end = min(start + Self.stride, bytes.count)
                Self.advance(&position, over: bytes, from: start, to: end)
                start = end
            } while start < bytes.count
        }
        self.marks = marks
    }

    func position(of offset: Int, in bytes: [UInt8]) -> Position {
        let mark = marks[min(offset / Self.stride, marks.count - 1)]
        var position = Position(line: Int(mark.line), column: Int(mark.column))
        bytes.withUnsafeBufferPointer {
            Self.advance(&position, over: $0, from: offset / Self.stride * Self.stride, to: min(offset, $0.count))
        }
        return position
    }

    private static func advance(
        _ position: inout Position, over bytes: UnsafeBufferPointer<UInt8>, from start: Int, to end: Int
    ) {
        var index = start
        while index < end {
            let byte = bytes[index]
            index += 1
            let isBreak = byte == 0x0A || byte == 0x0D && !(index < bytes.count && bytes[index] == 0x0A)
            if isBreak {
                position.line += 1
                position.column = 1
            } else if byte & 0xC0 != 0x80 {
                position.column += 1
            }
        }
    }
}

/// Byte offsets of libyaml's marks, which count characters. Marks come almost in order, so it goes from one to the next.
struct YAMLCharacterCursor {
    private var character = 0
    private var byte = 0

    mutating func byteOffset(of wanted: Int, in bytes: UnsafeBufferPointer<UInt8>) -> Int {
        while character < wanted, byte < bytes.count {
            byte += 1
            while byte < bytes.count, bytes[byte] & 0xC0 == 0x80 { byte += 1 }
            character += 1
        }
        while character > wanted, byte > 0 {
            byte -= 1
            while byte > 0, bytes[byte] & 0xC0 == 0x80 { byte -= 1 }
            character -= 1
        }
        return byte
    }
}
