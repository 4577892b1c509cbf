import Contract
import Crypto
import Definitions
import Subprocess
import SystemPackage

/// Fetches the values that an environment's `secrets:` point at, all of them, before anything is touched.
package struct SecretResolver: Sendable {
    private let project: String
    private let key: InstallationKey
    private let stateDirectory: String
    private let processEnvironment: [String: String]

    /// - Parameters:
    ///   - project: what relative paths are relative to.
    ///   - processEnvironment: the engine's own variables.
    package init(project: String, stateDirectory: String, key: InstallationKey, processEnvironment: [String: String]) {
        self.project = project
        self.stateDirectory = stateDirectory
        self.key = key
        self.processEnvironment = processEnvironment
    }

    /// - Parameter given: values of the caller's shell by variable name; they win over the engine's own, which may have
    ///   been started long ago.
    /// - Throws: the first failure; nothing is kept.
    package func resolve(
        _ definitions: [Placed<SecretDefinition>], environment: String, given: [String: Secret]
    ) async throws(SecretError) -> [String: Secret] {
        var values: [String: Secret] = [:]
        for definition in definitions {
            values[definition.name] = try await value(of: definition, environment: environment, given: given)
        }
        return values
    }

    private func value(
        of definition: Placed<SecretDefinition>, environment: String, given: [String: Secret]
    ) async throws(SecretError) -> Secret {
        switch definition.value.source {
        case .literal(let text):
            return Secret(text)
        case .environment(let variable):
            guard let value = given[variable] ?? processEnvironment[variable].map(Secret.init) else {
                throw .notInEnvironment(secret: definition.name, variable: variable)
            }
            return try filled(value, definition.name, "the variable \(variable)")
        case .file(let path):
            let place = path.hasPrefix("/") ? path : "\(project)/\(path)"
            guard let bytes = try PrivateFile.read(place) else {
                throw .unreadable(path: place, reason: "there is no such file")
            }
            return try filled(Secret(Self.trimmed(bytes)), definition.name, "the file \(place)")
        case .command(let words):
            return try filled(await output(of: words, definition.name), definition.name, "its command")
        case .generated(let bytes):
            return try generated(definition.name, environment: environment, bytes: bytes)
        }
    }

    private func filled(_ value: Secret, _ name: String, _ source: String) throws(SecretError) -> Secret {
        guard !value.isEmpty else { throw .empty(secret: name, source: source) }
        return value
    }

    /// Made once for the installation, and kept sealed beside the bundles' secrets.
    private func generated(_ name: String, environment: String, bytes: Int) throws(SecretError) -> Secret {
        let store = SealStore(directory: "\(stateDirectory)/generated", key: key)
        let id = "\(environment).\(name)"
        do {
            if let value = try store.open(bundle: id)[name] { return value }
        } catch .sealMissing {
            // The first time: it is made below.
        }
        let fresh = SymmetricKey(size: SymmetricKeySize(bitCount: bytes * 8)).withUnsafeBytes { Hexadecimal.text($0) }
        try store.seal([name: Secret(fresh)], bundle: id)
        return Secret(fresh)
    }

    /// What the command writes on standard output, without the last line end. A failing command is an error, and so is
    /// one that takes longer than 30 s; what it wrote is shown to nobody.
    private func output(of words: [String], _ name: String) async throws(SecretError) -> Secret {
        guard let program = words.first else { throw .empty(secret: name, source: "an empty command") }
        let directory = project
        let arguments = Array(words.dropFirst())
        let outcome: CommandOutcome
        do {
            outcome = try await withThrowingTaskGroup(of: CommandOutcome.self) { group in
                group.addTask {
                    let result = try await run(
                        .name(program), arguments: Arguments(arguments), workingDirectory: .init(directory),
                        output: .bytes(limit: 1 << 20), error: .discarded)
                    return .ended(clean: result.terminationStatus.isSuccess, result.standardOutput)
                }
                group.addTask {
                    try await Task.sleep(for: .seconds(30))
                    return .tookTooLong
                }
                defer { group.cancelAll() }
                return try await group.next() ?? .tookTooLong
            }
        } catch {
            throw .commandFailed(secret: name, command: program, reason: "could not be run")
        }
        switch outcome {
        case .ended(clean: true, let bytes): return Secret(Self.trimmed(bytes))
        case .ended(clean: false, _): throw .commandFailed(secret: name, command: program, reason: "failed")
        case .tookTooLong: throw .commandFailed(secret: name, command: program, reason: "took longer than 30 s")
        }
    }

    private enum CommandOutcome: Sendable {
        case ended(clean: Bool, [UInt8])
        case tookTooLong
    }

    /// One line end at the end belongs to the file, not to the value.
    private static func trimmed(_ bytes: [UInt8]) -> String {
        var bytes = bytes[...]
        if bytes.last == UInt8(ascii: "\n") { bytes = bytes.dropLast() }
        if bytes.last == UInt8(ascii: "\r") { bytes = bytes.dropLast() }
        return String(decoding: bytes, as: UTF8.self)
    }
}
