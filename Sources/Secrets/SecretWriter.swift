import Definitions

/// Gives secrets new values where they come from, as far as that can be done from here.
package struct SecretWriter: Sendable {
    private let resolver: SecretResolver

    package init(_ resolver: SecretResolver) { self.resolver = resolver }

    /// Whether `write` may be asked at all.
    /// - Throws: `SecretError.notWritable`, which says where to change it instead.
    package func check(_ secret: Placed<SecretDefinition>) throws(SecretError) {
        let instead: String
        switch secret.value.source {
        case .generated, .stored, .file, .age, .vault(_, _, nil): return
        case .environment(let name):
            instead = "change \(name) where it is set (a shell, the CI system), then roll out"
        case .command(let words): instead = "change it in what \(words.first ?? "the command") asks, then roll out"
        case .vault(let path, _, .some(let version)):
            instead =
                "\(secret.place.file):\(secret.place.line) names version \(version) of \(path): write a new version, "
                + "name that one, and roll out"
        case .literal: instead = "it stands in \(secret.place.file):\(secret.place.line): change it there, and roll out"
        }
        throw .notWritable(secret: secret.name, source: secret.value.origin, instead: instead)
    }

    /// Puts the value where the secret comes from.
    /// - Parameter given: values of the caller's shell, such as a token of Vault.
    package func write(
        _ value: Secret, to secret: Placed<SecretDefinition>, environment: String, given: [String: Secret]
    ) async throws(SecretError) {
        try check(secret)
        guard !value.isEmpty else { throw .empty(secret: secret.name, source: "what was given") }
        let fetch = SecretFetch(resolver: resolver, environment: environment, given: given)
        switch secret.value.source {
        case .generated, .stored: try fetch.stored.keep(value, secret.name, environment: environment)
        case .file(let path): try PrivateFile.write(Array((value.reveal() + "\n").utf8), to: fetch.absolute(path))
        case .age(let file, let key, let identity):
            try await writeAge(value, secret, fetch, file: fetch.absolute(file), key: key, identity: identity)
        case .vault(let path, let key, _):
            let store = fetch.vaultStore(secret.name, secret.value, path)
            try await store.write(key, value, over: try await store.read(version: nil))
        case .environment, .command, .literal: break
        }
    }

    private func writeAge(
        _ value: Secret, _ secret: Placed<SecretDefinition>, _ fetch: SecretFetch, file: String, key: String?,
        identity: String?
    ) async throws(SecretError) {
        let age = AgeFile(secret: secret.name, path: file, folder: resolver.project, limit: secret.value.limit)
        guard let key else { return try await age.write(Array((value.reveal() + "\n").utf8)) }
        let bytes = try await fetch.ageText(secret.name, secret.value, file: file, identity: identity)
        var text = KeyedText(String(decoding: bytes, as: UTF8.self))
        do throws(KeyedText.Flaw) { try text.set(key, value.reveal()) } catch {
            throw .unusable(secret: secret.name, source: file, reason: error.reason)
        }
        try await age.write(Array(text.text.utf8))
    }
}

extension SecretWriter {
    /// Random bytes in hex: a value where nobody else issues it.
    package static func random(bytes: Int) -> Secret { StoredValues.random(bytes: bytes) }
}
