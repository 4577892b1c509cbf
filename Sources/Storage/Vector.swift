import Foundation
import GRDB

/// Vectors as both databases store them: little-endian Float32, one after the other.
package enum Vector {
    package static func bytes(_ vector: [Float]) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(vector.count * 4)
        for value in vector {
            withUnsafeBytes(of: value.bitPattern.littleEndian) { bytes.append(contentsOf: $0) }
        }
        return bytes
    }

    /// The numbers in `bytes`; nothing when their length is no multiple of four.
    package static func values(_ bytes: [UInt8]) -> [Float]? {
        guard bytes.count.isMultiple(of: 4) else { return nil }
        return bytes.withUnsafeBytes { raw in
            stride(from: 0, to: raw.count, by: 4).map { offset in
                Float(bitPattern: UInt32(littleEndian: raw.loadUnaligned(fromByteOffset: offset, as: UInt32.self)))
            }
        }
    }

    /// As pgvector reads it, without loss: the shortest decimal of each number that means just it.
    package static func literal(_ vector: [Float]) -> String {
        "[\(vector.map(\.description).joined(separator: ","))]"
    }

    /// Whether it points anywhere: a zero vector does not, nor one with a value that is no number.
    package static func hasDirection(_ vector: [Float]) -> Bool {
        vector.allSatisfy(\.isFinite) && vector.contains { $0 != 0 }
    }

    /// The cosine distance, 1 − (a·b)/(|a||b|), from 0 to 2.
    /// - Returns: nothing when the lengths differ, are no multiple of four, or a vector is zero or not finite.
    package static func cosineDistance(_ a: [UInt8], _ b: [UInt8]) -> Double? {
        a.withUnsafeBytes { a in b.withUnsafeBytes { b in distance(a, b) } }
    }

    private static func distance(_ a: UnsafeRawBufferPointer, _ b: UnsafeRawBufferPointer) -> Double? {
        guard a.count == b.count, !a.isEmpty, a.count.isMultiple(of: 4) else { return nil }
        var product = 0.0
        var lengthA = 0.0
        var lengthB = 0.0
        for offset in stride(from: 0, to: a.count, by: 4) {
            let x = component(a, offset)
            let y = component(b, offset)
            product += x * y
            lengthA += x * x
            lengthB += y * y
        }
        let length = (lengthA * lengthB).squareRoot()
        guard length > 0, length.isFinite else { return nil }
        return 1 - max(-1, min(1, product / length))
    }

    private static func component(_ bytes: UnsafeRawBufferPointer, _ offset: Int) -> Double {
        let bits = bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self)
        return Double(Float(bitPattern: UInt32(littleEndian: bits)))
    }

    /// `cosine_distance(a, b)` for SQLite: null where there is no distance.
    static var cosineDistanceFunction: DatabaseFunction {
        DatabaseFunction("cosine_distance", argumentCount: 2, pure: true) { values in
            guard let a = Data.fromDatabaseValue(values[0]), let b = Data.fromDatabaseValue(values[1]) else {
                return nil
            }
            return a.withUnsafeBytes { a in b.withUnsafeBytes { b in distance(a, b) } }
        }
    }
}
