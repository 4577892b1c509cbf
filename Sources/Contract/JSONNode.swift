/// A value of a JSON text with its place. What is wrong with a contract is told by line and column, keys that nobody knows
/// or that stand twice among it; a decoder tells neither.
struct JSONNode {
    struct Member {
        var key: String
        /// Where the key begins, in bytes.
        var start: Int
        var value: JSONNode
    }

    enum Value {
        case object([Member])
        case array([JSONNode])
        case string(String)
        /// Nil for what is no whole number, or one of more than 64 bits.
        case number(Int?)
        case boolean(Bool)
        case null
    }

    var value: Value
    /// Where it begins, in bytes.
    var start: Int

    /// Nil when the text is no JSON, or nests deeper than 64 levels; then `end` is where that shows.
    static func read(_ text: [UInt8]) -> (node: JSONNode?, end: Int) {
        var scan = JSONScan(text: text)
        let node = scan.value(depth: 0)
        if node != nil { scan.skipSpace() }
        return (scan.index == text.count ? node : nil, min(scan.index, text.count))
    }

    var members: [Member] {
        if case .object(let members) = value { members } else { [] }
    }

    var elements: [JSONNode] {
        if case .array(let elements) = value { elements } else { [] }
    }

    /// Where the nearest thing on the way to `path` stands: `variables[3].kind`, or what is there of it.
    func start(of path: String) -> Int {
        var node = self
        var place = start
        for step in path.replacing("[", with: ".[").split(separator: ".") {
            if step.hasPrefix("[") {
                guard let index = Int(step.dropFirst().dropLast()), node.elements.indices.contains(index) else { break }
                node = node.elements[index]
                place = node.start
            } else {
                guard let member = node.members.last(where: { $0.key == step }) else { break }
                node = member.value
                place = member.start
            }
        }
        return place
    }
}
