import Definitions

/// One round of fetching: what the secrets of an environment share is fetched once in it.
struct SecretFetch: Sendable {
    /// Holds age's private key, or names the file that does.
    static let ageIdentity = "TIDEGATE_AGE_IDENTITY"

    let resolver: SecretResolver
    let environment: String
    let given: [String: Secret]
    private let files = Once<[UInt8]>()
    private let documents = Once<VaultStore.Document>()

    init(resolver: SecretResolver, environment: String, given: [String: Secret]) {
        self.resolver = resolver
        self.environment = environment
        self.given = given
    }

    func outcome(_ name: String, _ definition: SecretDefinition) async -> Result<ResolvedSecret, SecretError> {
        do { return .success(try await value(name, definition)) } catch { return .failure(error) }
    }

    func value(_ name: String, _ definition: SecretDefinition) async throws(SecretError) -> ResolvedSecret {
        switch definition.source {
        case .literal(let text): return ResolvedSecret(value: Secret(text))
        case .environment(let variable):
            guard let value = self.variable(variable) else {
                throw .notInEnvironment(secret: name, variable: variable)
            }
            return try filled(value, name, "the variable \(variable)")
        case .file(let path):
            let place = absolute(path)
            guard let bytes = try PrivateFile.read(place) else {
                throw .unreadable(path: place, reason: "there is no such file; the secret \(name) comes from it")
            }
            return try filled(try text(bytes, name, place), name, "the file \(place)")
        case .command(let words):
            return try filled(try await output(of: words, name, definition), name, "its command")
        case .age(let file, let key, let identity):
            let place = absolute(file)
            let bytes = try await ageText(name, definition, file: place, identity: identity)
            return try filled(try picked(key, from: bytes, name, place), name, key.map { "\($0) in \(place)" } ?? place)
        case .vault(let path, let key, let version): return try await vault(name, definition, path, key, version)
        case .stored:
            guard let kept = try stored.value(name, environment: environment) else {
                throw .notStored(secret: name, environment: environment)
            }
            return kept
        case .generated(let bytes): return try generated(name, bytes: bytes)
        }
    }

    /// The caller's own, before the engine's.
    func variable(_ name: String) -> Secret? { given[name] ?? resolver.processEnvironment[name].map(Secret.init) }

    func absolute(_ path: String) -> String { path.hasPrefix("/") ? path : "\(resolver.project)/\(path)" }

    var stored: StoredValues {
        StoredValues(directory: "\(resolver.stateDirectory)/generated", key: resolver.key)
    }

    private func filled(_ value: Secret, _ name: String, _ source: String) throws(SecretError) -> ResolvedSecret {
        guard !value.isEmpty else { throw .empty(secret: name, source: source) }
        return ResolvedSecret(value: value)
    }

    /// Without the one line end at the end, which belongs to the file and not to the value.
    func text(_ bytes: [UInt8], _ name: String, _ source: String) throws(SecretError) -> Secret {
        var bytes = bytes[...]
        if bytes.last == UInt8(ascii: "\n") { bytes = bytes.dropLast() }
        if bytes.last == UInt8(ascii: "\r") { bytes = bytes.dropLast() }
        guard let text = String(validating: bytes, as: UTF8.self), !text.utf8.contains(0) else {
            throw .unusable(
                secret: name, source: source,
                reason: "it is no UTF-8 text, which a process's environment needs: encode it, in base64 for example")
        }
        return Secret(text)
    }

    /// Made once for the installation, and kept sealed beside the bundles' secrets.
    private func generated(_ name: String, bytes: Int) throws(SecretError) -> ResolvedSecret {
        if let kept = try stored.value(name, environment: environment) { return kept }
        let fresh = StoredValues.random(bytes: bytes)
        if resolver.keepsNewValues { try stored.keep(fresh, name, environment: environment) }
        return ResolvedSecret(value: fresh, version: "1")
    }

    // MARK: Programs

    private func output(
        of words: [String], _ name: String, _ definition: SecretDefinition
    ) async throws(SecretError) -> Secret {
        guard let program = words.first else { throw .empty(secret: name, source: "an empty command") }
        let limit = definition.limit
        let run = ProgramRun(
            program: program, arguments: Array(words.dropFirst()), folder: resolver.project, limit: limit)
        func failed(_ reason: String, _ said: [String] = []) -> SecretError {
            .commandFailed(secret: name, command: program, reason: reason, said: said)
        }
        switch await run.outcome() {
        case .ended(0, let output, _): return try text(output, name, "its command")
        case .ended(let code, _, let errors): throw failed("failed (exit \(code))", PlainWords.lines(errors))
        case .tookTooLong: throw .timedOut(secret: name, source: program, after: limit)
        case .wroteTooMuch: throw failed("wrote more than \(ProgramRun.outputLimit) bytes")
        case .notFound:
            let advice = program.contains("/") ? "mend its path" : "install it, or write its whole path"
            throw .unusable(
                secret: name, source: "its command", reason: "the engine finds no program \(program): \(advice)")
        case .notRunnable:
            throw .unusable(
                secret: name, source: "its command",
                reason: "\(program) is there, and cannot be run: see that it is a program, and chmod +x it")
        }
    }

    func ageText(
        _ name: String, _ definition: SecretDefinition, file: String, identity: String?
    ) async throws(SecretError) -> [UInt8] {
        let age = AgeFile(secret: name, path: file, folder: resolver.project, limit: definition.limit)
        let opener: AgeFile.Identity
        if let identity {
            opener = .file(absolute(identity))
        } else if let given = variable(Self.ageIdentity), !given.isEmpty {
            opener = given.reveal().contains("AGE-") ? .key(given) : .file(absolute(given.reveal()))
        } else {
            throw .age(
                secret: name, file: file,
                reason: "no identity is known: write identity: PATH, or set \(Self.ageIdentity) where you run tidegate")
        }
        return try await files.value("\(file)\0\(identity ?? "")") { () async throws(SecretError) in
            try await age.decrypted(opener)
        }
    }

    private func picked(
        _ key: String?, from bytes: [UInt8], _ name: String, _ place: String
    ) throws(SecretError) -> Secret {
        let whole = try text(bytes, name, place)
        guard let key else { return whole }
        do {
            guard let value = try KeyedText(String(decoding: bytes, as: UTF8.self)).value(key) else {
                throw SecretError.unusable(secret: name, source: place, reason: "it has no key \(key)")
            }
            return Secret(value)
        } catch let flaw as KeyedText.Flaw {
            throw .unusable(secret: name, source: place, reason: flaw.reason)
        } catch let error as SecretError {
            throw error
        } catch {
            throw .unusable(secret: name, source: place, reason: "it is not understood")
        }
    }

    // MARK: Vault

    func vaultStore(_ name: String, _ definition: SecretDefinition, _ path: String) -> VaultStore {
        VaultStore(
            secret: name, path: path, http: resolver.http, limit: definition.limit,
            home: resolver.processEnvironment["HOME"] ?? "/root", variable: variable)
    }

    private func vault(
        _ name: String, _ definition: SecretDefinition, _ path: String, _ key: String, _ version: Int?
    ) async throws(SecretError) -> ResolvedSecret {
        let store = vaultStore(name, definition, path)
        let id = version.map(String.init) ?? ""
        let document = try await documents.value("\(path)\0\(id)") { () async throws(SecretError) in
            try await store.read(version: version)
        }
        guard let value = document.values[key] else {
            throw .vault(
                secret: name, path: path,
                reason: "version \(document.version) has no text under \(key); it has \(document.values.count) others")
        }
        guard !value.isEmpty else { throw .empty(secret: name, source: "\(key) in Vault's \(path)") }
        return ResolvedSecret(value: value, version: String(document.version))
    }
}

extension SecretDefinition {
    /// How long fetching it may take.
    package var limit: Duration {
        if let timeout { return timeout }
        if case .command = source { return .seconds(30) }
        return .seconds(10)
    }
}

/// Does the same work once, for all who ask for it. Who asks second, waits for the first.
private actor Once<Value: Sendable> {
    private var tasks: [String: Task<Result<Value, SecretError>, Never>] = [:]

    func value(
        _ id: String, _ body: @Sendable @escaping () async throws(SecretError) -> Value
    ) async throws(SecretError) -> Value {
        let task =
            tasks[id]
            ?? Task {
                do throws(SecretError) { return .success(try await body()) } catch { return .failure(error) }
            }
        tasks[id] = task
        return try await task.value.get()
    }
}
