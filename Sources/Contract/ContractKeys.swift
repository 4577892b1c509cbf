/// The keys that a contract's JSON form may have, at each place: what is misspelt would be left out without a word.
indirect enum ContractKeys: Sendable {
    case keys([String: ContractKeys])
    case list(ContractKeys)
    /// Names of somebody's own, or no object at all.
    case anything

    static let artifact = ContractKeys.keys(
        known(
            ArtifactContract.CodingKeys.self,
            [
                "variables": .list(variable), "paths": .keys(known(ContractPaths.CodingKeys.self)),
                "migrations": .keys(
                    known(
                        MigrationContract.CodingKeys.self,
                        ["history": .list(.keys(known(MigrationEntry.CodingKeys.self)))])),
                "providers": .list(.keys(known(ProviderContract.CodingKeys.self))),
                "databases": .list(.keys(known(DatabaseContract.CodingKeys.self))),
                "queues": .keys(known(QueueContract.CodingKeys.self)),
            ]))

    private static let variable = ContractKeys.keys(
        known(
            VariableDeclaration.CodingKeys.self, ["read_when": .keys(known(VariableCondition.CodingKeys.self))]))

    private static func known<Key: CodingKey & CaseIterable>(
        _ type: Key.Type, _ nested: [String: ContractKeys] = [:]
    ) -> [String: ContractKeys] {
        let names = type.allCases.map { ($0.stringValue, ContractKeys.anything) }
        return Dictionary(names) { first, _ in first }.merging(nested) { $1 }
    }

    /// Refuses the first key that is not known, or stands twice in one object.
    func check(_ json: JSONNode, at path: ContractPath) throws(ContractError) {
        switch self {
        case .anything: return
        case .list(let element):
            for (index, value) in json.elements.enumerated() { try element.check(value, at: .index(index, in: path)) }
        case .keys(let keys):
            let members = json.members
            for (index, member) in members.enumerated() {
                guard let next = keys[member.key] else {
                    throw unknown(member.key, keys, ContractPath.key(member.key, in: path).text)
                }
                guard !members[..<index].contains(where: { $0.key == member.key }) else {
                    throw ContractError.duplicate(.key(member.key, in: path))
                }
                if case .anything = next { continue }
                try next.check(member.value, at: .key(member.key, in: path))
            }
        }
    }

    private func unknown(_ key: String, _ keys: [String: ContractKeys], _ path: String) -> ContractError {
        let known = keys.keys.sorted()
        let meant = known.min { Self.distance($0, key) < Self.distance($1, key) }
        let near = meant.flatMap { Self.distance($0, key) <= max(2, key.utf8.count / 4) ? $0 : nil }
        return ContractError(
            kind: .unknownKey, path: path, message: "the contract's `\(path.prefix(200))` is no known key.",
            hint: near.map { "Write `\($0)`." }
                ?? "Known there are \(known.map { "`\($0)`" }.joined(separator: ", ")).")
    }

    /// Levenshtein's distance, in which case, `-` and `_` count nothing.
    private static func distance(_ first: String, _ second: String) -> Int {
        func folded(_ text: String) -> [UInt8] {
            text.prefix(64).lowercased().utf8.filter { $0 != 0x5F && $0 != 0x2D }
        }
        let (a, b) = (folded(first), folded(second))
        var row = Array(0...b.count)
        for (i, x) in a.enumerated() {
            var diagonal = row[0]
            row[0] = i + 1
            for (j, y) in b.enumerated() {
                let above = row[j + 1]
                row[j + 1] = x == y ? diagonal : min(diagonal, above, row[j]) + 1
                diagonal = above
            }
        }
        return row[b.count]
    }
}
