import Contract

/// One environment on its way to being accepted: what the rules look at.
struct EnvironmentDraft {
    var environment: Environment
    /// The merged tree, for the places of what the typed environment keeps without one.
    var root: YAMLNode
    /// The contracts of its services that could be read.
    var contracts: [String: ArtifactContract]
    /// The environments that the project defines.
    var environmentNames: [String]
    /// Where each of them says that it takes releases from.
    var promotions: [String: String]
    /// Where the other environments' secrets come from, by their names' order.
    var others: [OtherSources]
    /// The paths of the project's files.
    var files: Set<String>
    /// Seconds since 1970.
    var now: Int
    /// The regular expressions of the contracts.
    var patterns = Patterns()

    var name: String { environment.name }

    /// The place of the value at `keys`, or of the nearest thing above it that is there.
    func place(_ keys: String...) -> Place { place(keys) }

    func place(_ keys: [String]) -> Place { root.place(of: keys) }

    /// Whether the router speaks TLS.
    var routerEncrypts: Bool { root["router"]?["tls"]?["certificate"] != nil }

    /// Whether every service's contract is known, so that a name that none declares is indeed unread.
    var knowsAllContracts: Bool {
        !environment.services.isEmpty && environment.services.allSatisfy { contracts[$0.name] != nil }
    }
}
