extension ProjectValidation {
    /// Where a key of an environment stands, in its own file or in one that it extends; nil when it is not there.
    /// - Parameter keys: the way to it from the top: `["services", "api", "replicas"]`.
    package func place(of keys: [String], in environment: String) -> Place? {
        guard var node = files.merged(files.roots(files.chain(environment))) else { return nil }
        var place: Place?
        for key in keys {
            guard let entry = node.entries?.first(where: { $0.key == key }) else { return nil }
            (place, node) = (entry.keyPlace, entry.value)
        }
        return place
    }

    /// The environment's file and those that it extends, nearest first.
    package func files(of environment: String) -> [String] { files.chain(environment) }
}
