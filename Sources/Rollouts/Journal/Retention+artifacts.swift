import Storage

extension Retention {
    /// Artifacts that nothing needs any more: of releases that are not among the newest, are not being rolled out, and are in no bundle
    /// that an environment can go back to.
    /// - Parameters:
    ///   - releases: how many of the newest are kept.
    ///   - bundles: how many each environment can go back to; of others what runs and what was before it.
    package static func forgettableArtifacts(
        releases: Int, bundles: [String: Int], _ connection: any Connection
    ) throws -> [Digest] {
        let all = try ReleaseRecord.list(connection)
        var kept = artifacts(all.prefix(releases))
        let known: [String] = try connection.query("SELECT name FROM environments").map { try $0.get("name") }
        for environment in Set(known).union(bundles.keys) {
            for digest in try Self.kept(environment: environment, keep: bundles[environment] ?? 2, connection) {
                kept.formUnion(try BundleStore.bundle(digest, connection).services.map(\.artifact.digest))
            }
        }
        // Before its preflight a rollout has no bundle yet.
        let begun = Set(try Journal.unfinished(connection).map { try Journal.rollout($0, connection).release })
        kept.formUnion(artifacts(all.filter { begun.contains($0.version) }))
        return artifacts(all).subtracting(kept).sorted { $0.text < $1.text }
    }

    private static func artifacts(_ releases: some Sequence<Release>) -> Set<Digest> {
        Set(releases.flatMap { $0.artifacts.map(\.digest) })
    }
}
