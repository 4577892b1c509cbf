import Contract
import Definitions
import Rollouts
import Secrets

extension LiveControl: SecretControl {
    package func secrets(_ environment: String) async throws -> [SecretDocument] {
        let definition = try parts.environments.environment(environment)
        return try await Explanations.explaining {
            let state = try await parts.engine.state(environment: environment)
            let checks = try checks(definition, state)
            let running = try await running(environment, state)
            let rotations = try await parts.secrets.book.openRotations(environment: environment)
            return definition.allSecrets.map { secret in
                document(secret, checks, running, rotations.first { $0.name == secret.name })
            }
        }
    }

    private func running(_ environment: String, _ state: EnvironmentState) async throws -> [String: SecretBook.Entry] {
        guard let bundle = state.current else { return [:] }
        return try await parts.secrets.book.entries(environment: environment, bundle: bundle.digest)
    }

    private func document(
        _ secret: Placed<SecretDefinition>, _ checks: SecretChecks, _ running: [String: SecretBook.Entry],
        _ rotation: Rotation?
    ) -> SecretDocument {
        let entry = running[secret.name]
        var isWritable = true
        do { try SecretWriter(parts.secrets.resolver).check(secret) } catch { isWritable = false }
        return SecretDocument(
            name: secret.name, services: checks.readers(secret.name), source: secret.value.origin,
            writable: isWritable, file: secret.place.file, line: secret.place.line,
            expires: secret.value.expires?.description, version: entry?.version, since: entry?.since.rfc3339,
            fingerprint: entry.map { String($0.fingerprint.prefix(8)) }, rotation: rotation?.text)
    }

    /// By the contracts of what runs, or else by those of the project.
    private func checks(_ environment: Environment, _ state: EnvironmentState) throws -> SecretChecks {
        let running = state.current?.services.map { ($0.name, $0.artifact.contract) } ?? []
        let contracts =
            running.isEmpty ? try parts.secrets.contracts(environment) : Dictionary(running) { first, _ in first }
        return SecretChecks(
            environment: environment, contracts: contracts,
            otherEnvironments: try parts.environments.names().filter { $0 != environment.name }, now: now,
            key: parts.secrets.key)
    }

    package func checkSecrets(_ environment: String, _ body: SecretsBody) async throws -> [SecretCheckDocument] {
        let definition = try parts.environments.environment(environment)
        return try await Explanations.explaining {
            let state = try await parts.engine.state(environment: environment)
            let all = definition.allSecrets
            let outcomes = await parts.secrets.resolver.outcomes(
                all, environment: environment, given: body.secrets?.values ?? [:])
            var values: [String: Secret] = [:]
            for (secret, outcome) in zip(all, outcomes) {
                if case .success(let resolved) = outcome { values[secret.name] = resolved.value }
            }
            let findings = try checks(definition, state).findings(
                values, elsewhere: try await parts.secrets.book.elsewhere(than: environment))
            let running = try await running(environment, state)
            return zip(all, outcomes).map { secret, outcome in
                let own = findings.filter { $0.place == secret.place }
                let differs = running[secret.name].flatMap { entry in
                    values[secret.name].map { parts.secrets.key.fingerprint($0) != entry.fingerprint }
                }
                return SecretCheckDocument(secret, outcome, own, differs: differs)
            }
        }
    }

    package func setSecret(_ environment: String, _ body: SecretChangeBody) async throws -> SecretDocument {
        let (definition, secret) = try secret(environment, body.name)
        guard let value = body.newValue else {
            throw Refusal("no_value", "No value was given; write it to standard input.", exit: .usage)
        }
        return try await Explanations.explaining {
            let state = try await parts.engine.state(environment: environment)
            if let rotation = try await parts.secrets.book.openRotations(environment: environment).first(where: {
                $0.name == secret.name
            }) {
                throw Refusal(
                    "rotation_open", "A rotation of \(secret.name) is under way (\(rotation.text)): let it end first.",
                    exit: .lockHeld)
            }
            let checks = try checks(definition, state)
            try await accept(value, for: secret, checks)
            try await SecretWriter(parts.secrets.resolver).write(
                value, to: secret, environment: environment, given: body.secrets?.values ?? [:])
            return document(secret, checks, try await running(environment, state), nil)
        }
    }

    private func accept(
        _ value: Secret, for secret: Placed<SecretDefinition>, _ checks: SecretChecks
    ) async throws {
        let elsewhere = try await parts.secrets.book.elsewhere(than: checks.environment.name)
        let errors = checks.findings([secret.name: value], elsewhere: elsewhere).filter { $0.severity == .error }
        guard errors.isEmpty else {
            throw Refusal(
                "value_refused", "The new value of \(secret.name) was refused, and nothing was changed.",
                exit: .invalidDefinition, findings: errors)
        }
    }

    private func secret(_ environment: String, _ name: String) throws -> (Environment, Placed<SecretDefinition>) {
        let definition = try parts.environments.environment(environment)
        if let secret = definition.allSecrets.first(where: { $0.name == name }) { return (definition, secret) }
        throw Refusal.unknownSecret(name, in: environment, known: definition.allSecrets.map(\.name))
    }
}

extension Refusal {
    package static func unknownSecret(_ name: String, in environment: String, known: [String]) -> Refusal {
        let hint =
            Suggestion.nearest(to: name, among: known).map { "did you mean \($0)?" }
            ?? (known.isEmpty ? "it has none." : "there are: \(known.joined(separator: ", ")).")
        return Refusal("unknown_secret", "\(environment) has no secret \(name); \(hint)", exit: .usage)
    }
}

// MARK: - Rotating

extension LiveControl {
    package func rotation(_ id: String) async throws -> RotationDocument {
        try await Explanations.explaining {
            guard let rotation = try await parts.secrets.book.rotation(id) else {
                throw Refusal("unknown_rotation", "There is no rotation \(id).", exit: .usage)
            }
            return RotationDocument(rotation)
        }
    }

    package func rotateSecret(
        _ environment: String, _ body: SecretChangeBody, by caller: Caller
    ) async throws -> RotationDocument {
        let (definition, secret) = try secret(environment, body.name)
        let given = body.secrets?.values ?? [:]
        return try await Explanations.explaining {
            let service = parts.secrets.rotations
            let open = try await parts.secrets.book.openRotations(environment: environment)
                .first { $0.name == secret.name }
            if body.retire == true {
                guard let open, open.phase == .waiting else {
                    throw Refusal(
                        "nothing_to_retire",
                        "No old key of \(secret.name) waits to be retired\(open.map { ": \($0.text)" } ?? "").",
                        exit: .refused)
                }
                return RotationDocument(try await service.retire(open, given: given))
            }
            if let open { return RotationDocument(try await service.takeUp(open, given: given)) }
            return RotationDocument(try await begin(definition, secret, body, given, by: caller))
        }
    }

    private func begin(
        _ definition: Environment, _ secret: Placed<SecretDefinition>, _ body: SecretChangeBody,
        _ given: [String: Secret], by caller: Caller
    ) async throws -> Rotation {
        let state = try await parts.engine.state(environment: definition.name)
        guard state.current != nil else {
            throw Refusal(
                "nothing_runs",
                "Nothing runs in \(definition.name) yet: tidegate secrets set \(definition.name) \(secret.name)",
                exit: .refused)
        }
        try SecretWriter(parts.secrets.resolver).check(secret)
        let checks = try checks(definition, state)
        let isSet = checks.declarations(secret.name).contains { $0.format == .signingKeys }
        let fresh = try newValue(body, secret, checks, isSet: isSet)
        try await accept(fresh, for: secret, checks)
        let old = try await parts.secrets.resolver.outcomes(
            [secret], environment: definition.name, given: given)[0].get().value
        let rotation = Rotation(
            id: "t-\(RandomID.make())", environment: definition.name, name: secret.name, steps: isSet ? 3 : 1,
            by: caller.name, keepOldSeconds: max(0, body.keepOldSeconds ?? 86_400), now: now)
        try await parts.secrets.rotations.begin(
            rotation,
            values: isSet
                ? RotationValues.signingKeys(old: old, fresh: fresh) : RotationValues.single(old: old, fresh: fresh),
            given: given)
        return rotation
    }

    /// What was given, or 32 random bytes where nobody else has to issue the value.
    private func newValue(
        _ body: SecretChangeBody, _ secret: Placed<SecretDefinition>, _ checks: SecretChecks, isSet: Bool
    ) throws -> Secret {
        let issued: Set<ValueFormat> = [.apiKey, .jwt, .databaseURL, .brokerURL, .certificate, .origins]
        let format = checks.declarations(secret.name).compactMap(\.format).first
        guard body.newValue != nil || format.map({ !issued.contains($0) }) ?? isGenerated(secret) else {
            throw Refusal(
                "value_needed",
                "The value of \(secret.name) is not one to make up: give the new one on standard input, with --stdin.",
                exit: .usage)
        }
        let value = body.newValue ?? SecretWriter.random(bytes: 32)
        guard isSet, !value.reveal().contains(":") else { return value }
        return Secret("k\(RandomID.make().prefix(8)):\(value.reveal())")
    }

    private func isGenerated(_ secret: Placed<SecretDefinition>) -> Bool {
        if case .generated = secret.value.source { true } else { false }
    }
}

extension SecretCheckDocument {
    init(
        _ secret: Placed<SecretDefinition>, _ outcome: Result<ResolvedSecret, SecretError>, _ findings: [Finding],
        differs: Bool?
    ) {
        let documents = findings.map(FindingDocument.init)
        let isWrong = findings.contains { $0.severity == .error }
        switch outcome {
        case .failure(let error):
            self.init(
                name: secret.name, source: secret.value.origin, state: .unreachable, failure: "\(error)",
                findings: documents)
        case .success:
            self.init(
                name: secret.name, source: secret.value.origin,
                state: isWrong ? .wrong : findings.isEmpty ? .good : .warned, differs: differs, findings: documents)
        }
    }
}
