import Definitions
import Rollouts
import Secrets

/// What a secret's source gives now, as far as it can be asked from here.
package enum SecretState: Sendable {
    case value(Secret)
    /// The engine's own environment has a value, as it was when the engine started.
    case engine(Secret)
    /// Only a caller's shell has it; `variable` is its name there.
    case callersOnly(variable: String)
    /// The source was asked, and failed; the sentence says how.
    case unknown(reason: String)
    /// The source has not answered for the first time yet.
    case asking
}

/// Asks the sources of secrets again, at a modest pace, and remembers what they said. No value leaves it but as `Secret`.
package actor SecretWatch {
    /// Everything that reaches outside.
    package struct Means: Sendable {
        /// The value that the source gives now, with a caller's variables where it needs any.
        package var resolve: Resolve
        /// A variable of the engine's own environment.
        package var variable: @Sendable (_ name: String) -> Secret?
        /// What changes when the file does; nil when there is none.
        package var stamp: @Sendable (_ path: String) -> FileStamp?
        /// From 0 to 1.
        package var random: @Sendable () -> Double

        package typealias Resolve =
            @Sendable (
                _ secret: Placed<SecretDefinition>, _ environment: String, _ given: [String: Secret]
            ) async throws -> Secret

        package init(
            resolve: @escaping Resolve,
            variable: @Sendable @escaping (_ name: String) -> Secret?,
            stamp: @Sendable @escaping (_ path: String) -> FileStamp?, random: @Sendable @escaping () -> Double
        ) {
            self.resolve = resolve
            self.variable = variable
            self.stamp = stamp
            self.random = random
        }
    }

    private struct Key: Hashable {
        var environment: String
        var name: String
    }

    private struct Entry {
        var definition: SecretDefinition
        var state = SecretState.asking
        var stamp: FileStamp?
        var due: Timestamp
        var failures = 0
        var isAsking = false
        var wasAsked = false
    }

    private let means: Means
    private let clock: any WallClock
    private var entries: [Key: Entry] = [:]

    package init(means: Means, clock: any WallClock) {
        self.means = means
        self.clock = clock
    }

    /// What is known of the secrets now. Files are read when they change; other sources are asked in the background when
    /// their time has come, so that nobody waits for them.
    /// - Parameter pace: the time between two looks at a source that has to be asked.
    package func look(
        _ secrets: [Placed<SecretDefinition>], environment: String, pace: Duration
    ) async -> [String: SecretState] {
        for secret in secrets {
            let key = Key(environment: environment, name: secret.name)
            prepare(key, secret.value)
            switch Self.way(secret.value.source) {
            case .shell: break
            case .direct: await ask(secret, key, pace, given: [:])
            case .file(let path): await askIfChanged(secret, key, path, pace)
            case .paced: askIfDue(secret, key, pace)
            }
        }
        return states(secrets, environment, given: [:])
    }

    /// Asks every source now, all at once, and waits for their answers.
    /// - Parameter given: values of the caller's shell, which win over the engine's own.
    package func askAll(
        _ secrets: [Placed<SecretDefinition>], environment: String, pace: Duration, given: [String: Secret]
    ) async -> [String: SecretState] {
        await withTaskGroup(of: Void.self) { group in
            for secret in secrets {
                let key = Key(environment: environment, name: secret.name)
                prepare(key, secret.value)
                if case .shell = Self.way(secret.value.source) { continue }
                group.addTask { await self.ask(secret, key, pace, given: given) }
            }
        }
        return states(secrets, environment, given: given)
    }

    /// When the source's file was last changed; nil when it is no file, or is gone.
    package func changed(_ secret: SecretDefinition) -> Timestamp? {
        guard case .file(let path) = Self.way(secret.source) else { return nil }
        return means.stamp(path)?.modified
    }

    private enum Way {
        /// A variable of the caller's shell, or of the engine's environment.
        case shell
        /// It costs nothing.
        case direct
        case file(String)
        case paced
    }

    private static func way(_ source: SecretDefinition.Source) -> Way {
        switch source {
        case .environment: .shell
        case .literal, .generated, .stored: .direct
        case .file(let path), .age(let path, _, _): .file(path)
        case .command, .vault: .paced
        }
    }

    private func prepare(_ key: Key, _ definition: SecretDefinition) {
        // Another source is another secret: nothing is known of it.
        guard entries[key]?.definition != definition else { return }
        entries[key] = Entry(definition: definition, due: clock.now)
    }

    private func states(
        _ secrets: [Placed<SecretDefinition>], _ environment: String, given: [String: Secret]
    ) -> [String: SecretState] {
        var states: [String: SecretState] = [:]
        for secret in secrets {
            if case .environment(let variable) = secret.value.source {
                states[secret.name] =
                    given[variable].map(SecretState.value) ?? means.variable(variable).map(SecretState.engine)
                    ?? .callersOnly(variable: variable)
            } else if let variable = missingIdentity(secret.value, given) {
                states[secret.name] = .callersOnly(variable: variable)
            } else {
                states[secret.name] = entries[Key(environment: environment, name: secret.name)]?.state ?? .asking
            }
        }
        return states
    }

    /// What opens an age file and is in no environment that is known here.
    private func missingIdentity(_ secret: SecretDefinition, _ given: [String: Secret]) -> String? {
        guard case .age(_, _, nil) = secret.source else { return nil }
        let names = SecretResolver.variables(for: [secret])
        return names.first { given[$0] == nil && means.variable($0) == nil }
    }

    private func askIfChanged(
        _ secret: Placed<SecretDefinition>, _ key: Key, _ path: String, _ pace: Duration
    ) async {
        guard missingIdentity(secret.value, [:]) == nil else { return }
        let stamp = means.stamp(path)
        guard entries[key]?.stamp == stamp, entries[key]?.wasAsked == true else {
            entries[key]?.stamp = stamp
            entries[key]?.wasAsked = true
            return await ask(secret, key, pace, given: [:])
        }
        // What failed may succeed though the file is the same.
        if case .unknown = entries[key]?.state { askIfDue(secret, key, pace) }
    }

    private func askIfDue(_ secret: Placed<SecretDefinition>, _ key: Key, _ pace: Duration) {
        guard let entry = entries[key], !entry.isAsking, entry.due <= clock.now else { return }
        entries[key]?.isAsking = true
        Task { await self.ask(secret, key, pace, given: [:]) }
    }

    private func ask(
        _ secret: Placed<SecretDefinition>, _ key: Key, _ pace: Duration, given: [String: Secret]
    ) async {
        entries[key]?.isAsking = true
        let answer: Result<Secret, any Error>
        do {
            answer = .success(try await means.resolve(secret, key.environment, given))
        } catch {
            answer = .failure(error)
        }
        // The definition may have changed meanwhile: then this answer is to a question that nobody asks any more.
        guard var entry = entries[key], entry.definition == secret.value else { return }
        entry.isAsking = false
        switch answer {
        case .success(let value):
            entry.state = .value(value)
            entry.failures = 0
        case .failure(let error):
            entry.state = .unknown(reason: "\(error)")
            entry.failures += 1
        }
        entry.due = clock.now + SecretPace.delay(pace, failures: entry.failures, random: means.random())
        entries[key] = entry
    }
}

/// What tells two states of a file apart.
package struct FileStamp: Sendable, Equatable {
    package var modified: Timestamp
    package var bytes: Int64
    package var inode: UInt64

    package init(modified: Timestamp, bytes: Int64, inode: UInt64) {
        self.modified = modified
        self.bytes = bytes
        self.inode = inode
    }
}
