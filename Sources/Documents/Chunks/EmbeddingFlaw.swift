/// What is wrong with embeddings: looked at once more before they are stored, whoever made them, so that made-up output
/// is never stored as real.
package enum EmbeddingFlaw: Sendable, Equatable, CustomStringConvertible {
    case wrongCount(Int, expected: Int)
    case wrongDimension(Int)
    case notFinite
    case nearlyZero

    package static func of(_ vectors: [[Float]], count: Int) -> EmbeddingFlaw? {
        guard vectors.count == count else { return .wrongCount(vectors.count, expected: count) }
        for vector in vectors {
            guard vector.count == EmbeddingRules.dimensions else { return .wrongDimension(vector.count) }
            guard vector.allSatisfy(\.isFinite) else { return .notFinite }
            let zeros = vector.count { $0 == 0 }
            guard Double(zeros) <= EmbeddingRules.maximumZeroShare * Double(vector.count) else { return .nearlyZero }
        }
        return nil
    }

    package var description: String {
        switch self {
        case .wrongCount(let count, let expected): "\(count) vectors came for \(expected) texts"
        case .wrongDimension(let count): "a vector has \(count) values, not \(EmbeddingRules.dimensions)"
        case .notFinite: "a vector holds a value that is not a number"
        case .nearlyZero: "a vector is zero, or nearly so"
        }
    }
}
