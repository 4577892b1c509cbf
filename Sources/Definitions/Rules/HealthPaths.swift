import Contract

/// The paths at which a service says how it is, and what others take for one of them.
package struct HealthPaths: Sendable {
    private let paths: ContractPaths

    package init(_ contract: ArtifactContract) { paths = contract.paths }

    private static let families: [(words: Set<String>, isLiveness: Bool)] = [
        (["live", "livez", "liveness", "alive"], true),
        (["health", "healthz", "healthcheck", "health-check", "health_check", "ready", "readyz", "readiness"], false),
    ]

    /// The contract's path in place of one that is written like a health path and is none of the contract's; nil for
    /// every other.
    package func correction(of path: String) -> String? {
        guard ![paths.liveness, paths.readiness, paths.metrics].contains(path) else { return nil }
        let last = path.split(separator: "/").last.map { $0.lowercased() } ?? ""
        guard let family = Self.families.first(where: { $0.words.contains(last) }) else { return nil }
        return family.isLiveness ? paths.liveness : paths.readiness
    }
}
