import Definitions
import HTTPClient

/// Fetches the values that an environment's `secrets:` point at, all of them at once, before anything is touched.
package struct SecretResolver: Sendable {
    /// How many are fetched at the same time.
    static let width = 8

    let project: String
    let key: InstallationKey
    let stateDirectory: String
    let processEnvironment: [String: String]
    let http: any HTTPSending
    /// Whether a value that nobody has made yet is made and kept.
    private(set) var keepsNewValues = true

    /// - Parameters:
    ///   - project: what relative paths are relative to.
    ///   - processEnvironment: the engine's own variables.
    package init(
        project: String, stateDirectory: String, key: InstallationKey, processEnvironment: [String: String],
        http: any HTTPSending
    ) {
        self.project = project
        self.stateDirectory = stateDirectory
        self.key = key
        self.processEnvironment = processEnvironment
        self.http = http
    }

    /// One that changes nothing: a value that would be made when it is first asked for is made up, and not kept.
    package var lookingOnly: SecretResolver {
        var copy = self
        copy.keepsNewValues = false
        return copy
    }

    /// - Parameter given: values of the caller's shell by variable name; they win over the engine's own, which may have
    ///   been started long ago.
    /// - Throws: every failure; nothing is kept then.
    package func resolve(
        _ definitions: [Placed<SecretDefinition>], environment: String, given: [String: Secret]
    ) async throws(SecretFailures) -> [String: Secret] {
        try await resolved(definitions, environment: environment, given: given).mapValues(\.value)
    }

    /// The same, with the providers' own words for which value each is.
    package func resolved(
        _ definitions: [Placed<SecretDefinition>], environment: String, given: [String: Secret]
    ) async throws(SecretFailures) -> [String: ResolvedSecret] {
        var values: [String: ResolvedSecret] = [:]
        var failures: [SecretError] = []
        let outcomes = await outcomes(definitions, environment: environment, given: given)
        for (definition, outcome) in zip(definitions, outcomes) {
            switch outcome {
            case .success(let resolved): values[definition.name] = resolved
            case .failure(let failure): if !failures.contains(failure) { failures.append(failure) }
            }
        }
        guard failures.isEmpty else { throw SecretFailures(failures) }
        return values
    }

    /// What came of each definition, in their order. Each has its own time limit; what two of them share, such as one
    /// age file, is fetched once.
    package func outcomes(
        _ definitions: [Placed<SecretDefinition>], environment: String, given: [String: Secret]
    ) async -> [Result<ResolvedSecret, SecretError>] {
        let fetch = SecretFetch(resolver: self, environment: environment, given: given)
        return await withTaskGroup(of: (Int, Result<ResolvedSecret, SecretError>).self) { group in
            var results: [Int: Result<ResolvedSecret, SecretError>] = [:]
            for (index, definition) in definitions.enumerated() {
                if index >= Self.width, let (done, result) = await group.next() { results[done] = result }
                group.addTask { (index, await fetch.outcome(definition.name, definition.value)) }
            }
            for await (done, result) in group { results[done] = result }
            return definitions.indices.compactMap { results[$0] }
        }
    }

    /// The variables of the caller's shell that fetching these may need.
    package static func variables(for definitions: [SecretDefinition]) -> Set<String> {
        definitions.reduce(into: Set<String>()) { names, definition in
            switch definition.source {
            case .environment(let name): names.insert(name)
            case .age(_, _, nil): names.insert(SecretFetch.ageIdentity)
            case .vault: names.formUnion(VaultStore.variables)
            case .age, .file, .command, .stored, .generated, .literal: break
            }
        }
    }
}
