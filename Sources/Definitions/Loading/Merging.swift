extension YAMLNode {
    /// This tree over `base`, as `extends` combines files: mappings merge key by key and this one wins, everything else
    /// is replaced, a mapping that has `from` (a secret) as a whole. Null removes the key. Values keep their places.
    func merged(over base: YAMLNode) -> YAMLNode {
        guard let near = entries, let far = base.entries, self["from"] == nil else { return self }
        var result: [YAMLEntry] = []
        for entry in far {
            guard let mine = near.first(where: { $0.key == entry.key }) else {
                result.append(entry)
                continue
            }
            guard !mine.value.isNull else { continue }
            result.append(
                YAMLEntry(key: mine.key, keyPlace: mine.keyPlace, value: mine.value.merged(over: entry.value)))
        }
        let inherited = Set(far.map(\.key))
        result += near.filter { !inherited.contains($0.key) && !$0.value.isNull }
        return YAMLNode(content: .mapping(result), place: place)
    }
}
