extension YAMLNode {
    /// This tree over `base`, as `extends` combines files: mappings merge key by key and this one wins, everything else
    /// is replaced, a mapping that has `from` (a secret) as a whole. Null removes the key. Values keep their places.
    func merged(over base: YAMLNode) -> YAMLNode {
        guard let near = entries, let far = base.entries, self["from"] == nil else { return self }
        var result: [YAMLEntry] = []
        for entry in far {
            guard let mine = entry.withKey({ self.entry($0) }) else {
                result.append(entry)
                continue
            }
            guard !mine.value.isNull else { continue }
            result.append(mine.with(mine.value.merged(over: entry.value)))
        }
        for entry in near where !entry.value.isNull && entry.withKey({ base.entry($0) }) == nil {
            result.append(entry)
        }
        return YAMLNode(YAMLCombination(nearest: self, entries: result))
    }
}
