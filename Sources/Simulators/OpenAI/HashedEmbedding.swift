/// Vectors by feature hashing: texts that share words and pairs of words are near each other, the same text always
/// has the same vector, and the vector has length 1.
///
/// Every feature is spread with signs over `spread` coordinates that follow from its hash, so that even one word
/// gives a dense vector, and two different features are nearly orthogonal.
enum HashedEmbedding {
    static let dimensions = 1536
    static let spread = 160
    static let stopWordWeight: Float = 0.15
    static let pairWeight: Float = 0.5

    static func vector(_ text: String, dimensions: Int = dimensions) -> [Float] {
        var vector = [Float](repeating: 0, count: dimensions)
        let words = words(text)
        var counts: [String: Float] = [:]
        for word in words { counts[stem(word), default: 0] += 1 }
        for (word, count) in counts {
            // Sublinear: the tenth mention says less than the first.
            let weight = (1 + log2(count)) * (stopWords.contains(word) ? stopWordWeight : 1)
            add(word, weight, to: &vector)
        }
        for pair in zip(words, words.dropFirst()) where !stopWords.contains(pair.0) && !stopWords.contains(pair.1) {
            add("\(stem(pair.0)) \(stem(pair.1))", pairWeight, to: &vector)
        }
        if words.isEmpty { add(text, 1, to: &vector) }
        return normalized(vector)
    }

    /// About as OpenAI counts: four bytes of English make a token.
    static func tokens(_ text: String) -> Int { max(1, (text.utf8.count + 3) / 4) }

    private static func words(_ text: String) -> [String] {
        text.lowercased().split { !$0.isLetter && !$0.isNumber }.map(String.init)
    }

    /// Plurals meet their singulars.
    private static func stem(_ word: String) -> String {
        word.count > 3 && word.hasSuffix("s") && !word.hasSuffix("ss") ? String(word.dropLast()) : word
    }

    private static func add(_ feature: String, _ weight: Float, to vector: inout [Float]) {
        var state = feature.utf8.reduce(UInt64(0xcbf2_9ce4_8422_2325)) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
        for _ in 0..<spread {
            state &+= 0x9e37_79b9_7f4a_7c15
            var mixed = (state ^ (state >> 30)) &* 0xbf58_476d_1ce4_e5b9
            mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
            mixed ^= mixed >> 31
            vector[Int(mixed % UInt64(vector.count))] += mixed >> 63 == 0 ? weight : -weight
        }
    }

    private static func normalized(_ vector: [Float]) -> [Float] {
        let length = vector.reduce(0) { $0 + $1 * $1 }.squareRoot()
        return length > 0 ? vector.map { $0 / length } : vector
    }

    private static func log2(_ value: Float) -> Float { Float(value.exponent) + (value.significand - 1) }

    private static let stopWords: Set<String> = [
        "a", "about", "all", "also", "an", "and", "any", "are", "as", "at", "be", "been", "but", "by", "can", "do",
        "for",
        "from", "had", "has", "have", "he", "how", "i", "if", "in", "into", "is", "it", "its", "may", "me", "my", "no",
        "not", "of", "on", "or", "our", "she", "so", "that", "the", "their", "them", "then", "there", "these", "they",
        "this", "to", "was", "we", "were", "what", "when", "which", "who", "will", "with", "would", "you", "your",
    ]
}
