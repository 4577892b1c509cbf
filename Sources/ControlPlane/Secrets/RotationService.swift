import Definitions
import Rollouts
import Secrets

/// Takes rotations from step to step. Everything that it knows is on record, so that whoever is killed in the middle goes
/// on where it was: a write that was done is recognized by its fingerprint, a rollout that was begun by its reason.
package actor RotationService {
    private let engine: any RolloutEngine
    private let environments: any EnvironmentSource
    private let resolver: SecretResolver
    /// What bundles were sealed with.
    private let seals: SealStore
    /// The rotations' own values.
    private let vault: SealStore
    private let key: InstallationKey
    private let book: SecretBook
    private let clock: any WallClock
    /// What callers' shells gave, for as long as this engine lives.
    private var given: [String: [String: Secret]] = [:]
    private var isBusy = false

    package init(
        engine: any RolloutEngine, environments: any EnvironmentSource, resolver: SecretResolver, seals: SealStore,
        key: InstallationKey, book: SecretBook, stateDirectory: String, clock: any WallClock
    ) {
        self.engine = engine
        self.environments = environments
        self.resolver = resolver
        self.seals = seals
        self.key = key
        self.book = book
        self.clock = clock
        vault = SealStore(directory: "\(stateDirectory)/rotations", key: key)
    }

    /// Records a rotation; the next round begins it.
    /// - Parameter values: what the provider holds now, and what it holds after each step.
    package func begin(_ rotation: Rotation, values: [Secret], given: [String: Secret]) async throws {
        guard try await book.openRotations(environment: rotation.environment).isEmpty else {
            throw Refusal(
                "rotation_open",
                "Another rotation of \(rotation.environment) is under way: see tidegate secrets list "
                    + rotation.environment, exit: .lockHeld)
        }
        self.given[rotation.id] = given
        try vault.seal(RotationValues.sealed(values), bundle: rotation.id)
        try await book.save(rotation, now: clock.now)
    }

    /// Takes a stuck one up again, and hands it what this caller's shell has.
    package func takeUp(_ rotation: Rotation, given: [String: Secret]) async throws -> Rotation {
        self.given[rotation.id] = given
        guard rotation.phase == .stuck else { return rotation }
        var rotation = rotation
        rotation.takeUpAgain()
        try await book.save(rotation, now: clock.now)
        return rotation
    }

    package func retire(_ rotation: Rotation, given: [String: Secret]) async throws -> Rotation {
        self.given[rotation.id] = given
        var rotation = rotation
        rotation.retire()
        try await book.save(rotation, now: clock.now)
        return rotation
    }

    /// Does for every open rotation what is due.
    package func round() async throws {
        guard !isBusy else { return }
        isBusy = true
        defer { isBusy = false }
        for rotation in try await book.openRotations() { try await advance(rotation) }
    }

    private func advance(_ before: Rotation) async throws {
        var rotation = before
        switch rotation.phase {
        case .writing: await write(&rotation)
        case .starting: await start(&rotation)
        case .rolling: try await follow(&rotation)
        case .waiting: if let at = rotation.retireAt, at <= clock.now { rotation.retire() }
        case .takingBack: await takeBack(&rotation)
        case .stuck, .done, .takenBack: return
        }
        // A person may have said something meanwhile.
        guard rotation != before, try await book.rotation(rotation.id) == before else { return }
        try await book.save(rotation, now: clock.now)
        if !rotation.isOpen {
            given[rotation.id] = nil
            try vault.remove(bundle: rotation.id)
        }
    }

    // MARK: Steps

    private func write(_ rotation: inout Rotation) async {
        do {
            let changed = try await put(rotation, from: rotation.step - 1, to: rotation.step)
            if changed { rotation.written() } else { rotation.getStuck(Self.changedMeanwhile) }
        } catch {
            rotation.getStuck("\(error)")
        }
    }

    private func start(_ rotation: inout Rotation) async {
        do {
            if let begun = try await begun(rotation) { return rotation.began(begun) }
            guard let release = try await engine.state(environment: rotation.environment).current?.release else {
                return rotation.failed("nothing runs in \(rotation.environment) any more")
            }
            let request = RolloutRequest(
                environment: rotation.environment, release: release, actor: rotation.by, reason: rotation.marker)
            rotation.began(try await engine.start(request, callerSecrets: try await sources(rotation)))
        } catch RolloutError.locked(_, let holder, let other, _, _) {
            rotation.waits(for: "waiting for \(other ?? holder)")
        } catch {
            rotation.failed("\(Explanations.explain(error))")
        }
    }

    /// The rollout of this step, if an engine began it and was killed before it was on record.
    private func begun(_ rotation: Rotation) async throws -> String? {
        try await engine.history(environment: rotation.environment, limit: 20)
            .first { $0.reason == rotation.marker && ($0.outcome == nil || $0.outcome == .succeeded) }?.id
    }

    private func follow(_ rotation: inout Rotation) async throws {
        guard let id = rotation.rollout else { return rotation.takeUpAgain() }
        let rollout = try await engine.rollout(id)
        switch rollout.outcome {
        case nil: break
        case .succeeded: rotation.succeeded(now: clock.now)
        case .some(let outcome):
            let findings = rollout.findings.map(\.message).joined(separator: " ")
            let why = [rollout.why ?? "", findings].filter { !$0.isEmpty }.joined(separator: " ")
            rotation.failed("rollout \(id) ended as \(outcome.rawValue)\(why.isEmpty ? "" : ": \(why)")")
        }
    }

    private func takeBack(_ rotation: inout Rotation) async {
        do {
            let changed = try await put(rotation, from: rotation.step, to: rotation.step - 1)
            if changed { rotation.takenBack() } else { rotation.getStuck(Self.changedMeanwhile) }
        } catch {
            rotation.getStuck("the value before it could not be put back: \(error)")
        }
    }

    private static let changedMeanwhile =
        "the value was changed by somebody else meanwhile, and is neither the old nor the new one"

    /// Makes the provider hold value `to`, if it holds `from` (or `to` already).
    /// - Returns: false when it holds neither.
    private func put(_ rotation: Rotation, from: Int, to: Int) async throws -> Bool {
        let values = try vault.open(bundle: rotation.id)
        guard let old = values["\(from)"], let new = values["\(to)"] else {
            throw SecretError.sealBroken(bundle: rotation.id, path: "rotations")
        }
        let secret = try definition(rotation)
        let given = try await sources(rotation)
        let held = await resolver.outcomes([secret], environment: rotation.environment, given: given)
        let print = key.fingerprint(try held[0].get().value)
        if print == key.fingerprint(new) { return true }
        guard print == key.fingerprint(old) else { return false }
        try await SecretWriter(resolver).write(new, to: secret, environment: rotation.environment, given: given)
        return true
    }

    private func definition(_ rotation: Rotation) throws -> Placed<SecretDefinition> {
        let all = try environments.environment(rotation.environment).allSecrets
        guard let secret = all.first(where: { $0.name == rotation.name }) else {
            throw Refusal(
                "unknown_secret", "\(rotation.environment) defines no secret \(rotation.name) any more.",
                exit: .invalidDefinition)
        }
        return secret
    }

    /// What a shell would have to give: this caller's own, and for what it lacks, the values that run. So a step that a
    /// timer begins at night needs nobody's shell.
    private func sources(_ rotation: Rotation) async throws -> [String: Secret] {
        let environment = try environments.environment(rotation.environment)
        var values: [String: Secret] = [:]
        if let bundle = try await engine.state(environment: rotation.environment).current {
            let sealed = try seals.open(bundle: bundle.digest.text)
            for secret in environment.allSecrets {
                if case .environment(let variable) = secret.value.source { values[variable] = sealed[secret.name] }
            }
        }
        return values.merging(given[rotation.id] ?? [:]) { _, callers in callers }
    }
}
