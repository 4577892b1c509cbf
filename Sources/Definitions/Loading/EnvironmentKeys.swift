/// Which keys the loader asks for: what a test compares with the reference, so that neither knows a key that the other does not.
package enum EnvironmentKeys {
    /// The paths of all keys that are asked for while `text` is read, without the indices of lists.
    package static func read(_ text: String) -> Set<String> {
        let collector = FindingCollector(recordsKeys: true)
        guard let root = YAMLDocument.parse(Array(text.utf8), file: "sample.yaml").root else { return [] }
        _ = EnvironmentDecoder(name: "x", project: "/").environment(YAMLReader(root, collector: collector))
        return Set((collector.keys ?? []).map { $0.replacing(#/\[[0-9]+\]/#, with: "") })
    }
}
