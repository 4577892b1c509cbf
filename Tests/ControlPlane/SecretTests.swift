import Contract
import ControlPlane
import Definitions
import Rollouts
import Secrets
import Storage
import Synchronization
import TestSupport
import Testing

private let key = InstallationKey(bytes: Array(0..<32))

private func declaration(
    _ name: String, _ format: ValueFormat? = nil, agreesOn: String? = nil
) -> VariableDeclaration {
    VariableDeclaration(name: name, kind: .string, summary: "", secret: true, format: format, agreesOn: agreesOn)
}

private func contract(_ service: String, _ variables: [VariableDeclaration]) -> ArtifactContract {
    ArtifactContract(
        service: service, variables: variables, portVariable: "PORT",
        paths: ContractPaths(liveness: "/live", readiness: "/ready"), startBudgetSeconds: 1, drainSeconds: 1)
}

private func checks(
    _ kind: EnvironmentKind, _ secrets: [String], own: [String] = [], _ contracts: [ArtifactContract]
) -> SecretChecks {
    func placed(_ name: String, _ line: Int) -> Placed<SecretDefinition> {
        Placed(
            name: name, value: SecretDefinition(source: .environment(name: name)),
            place: Place(file: "environments/\(kind.rawValue).yaml", line: line, column: 3))
    }
    let services = contracts.map { contract in
        ServiceDefinition(
            name: contract.service, replicas: 1, strategy: "rolling",
            secrets: own.enumerated().map { placed($1, 100 + $0) },
            place: Place(file: "environments/\(kind.rawValue).yaml", line: 1, column: 1))
    }
    let environment = Environment(
        name: kind.rawValue, kind: kind, platform: .local, services: services,
        secrets: secrets.enumerated().map { placed($1, 10 + $0) })
    return SecretChecks(
        environment: environment, contracts: Dictionary(uniqueKeysWithValues: contracts.map { ($0.service, $0) }),
        otherEnvironments: ["development", "staging"], now: Timestamp(microseconds: 1_795_000_000_000_000), key: key)
}

private let strong = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
private let other = "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae"

@Suite struct `Resolved secrets` {
    private let api = contract("api", [declaration("KEY", .password), declaration("OTHER", .password)])

    @Test
    func `incident 19: a placeholder from the shell is refused, naming the secret and its place, never the value`() {
        let findings = checks(.production, ["KEY"], [api]).findings(["KEY": Secret("changeme")])
        #expect(findings.map(\.rule) == ["secret.placeholder"])
        #expect(findings.first?.name == "KEY")
        #expect(findings.first?.place == Place(file: "environments/production.yaml", line: 10, column: 3))
        for finding in findings { #expect(!"\(finding)".contains("changeme")) }
    }

    @Test func `incident 19: the key that staging runs is refused in production`() {
        let known = [
            KnownFingerprint(
                environment: "staging", isProduction: false, name: "KEY", fingerprint: key.fingerprint(Secret(strong)))
        ]
        let shared = checks(.production, ["KEY"], [api]).findings(["KEY": Secret(strong)], elsewhere: known)
        #expect(shared.map(\.rule) == ["secret.shared"])
        #expect(shared.first?.severity == .error)
        #expect(shared.first?.message.contains("staging") == true)
        #expect(!"\(shared)".contains(strong))
        #expect(checks(.production, ["KEY"], [api]).findings(["KEY": Secret(other)], elsewhere: known).isEmpty)
        let staging = checks(.staging, ["KEY"], [api]).findings(["KEY": Secret(strong)], elsewhere: known)
        #expect(staging.isEmpty)
    }

    @Test func `that other environments than production share are warned of`() {
        let known = [
            KnownFingerprint(
                environment: "dev", isProduction: false, name: "KEY", fingerprint: key.fingerprint(Secret(strong)))
        ]
        let found = checks(.staging, ["KEY"], [api]).findings(["KEY": Secret(strong)], elsewhere: known)
        #expect(found.map(\.severity) == [.warning])
    }

    @Test func `that are one value under two names are warned of, unless they should agree`() {
        let values = ["KEY": Secret(strong), "OTHER": Secret(strong)]
        let found = checks(.production, ["KEY", "OTHER"], [api]).findings(values)
        #expect(found.map(\.rule) == ["secret.shared"])
        #expect(found.map(\.severity) == [.warning])
        let agreeing = contract(
            "api", [declaration("KEY", agreesOn: "jwt"), declaration("OTHER", agreesOn: "jwt")])
        #expect(checks(.production, ["KEY", "OTHER"], [agreeing]).findings(values).isEmpty)
    }

    @Test func `are known by the services that read them`() {
        let worker = contract("worker", [declaration("KEY")])
        let both = checks(.staging, ["KEY", "OTHER"], [api, worker])
        #expect(both.readers("KEY") == ["api", "worker"])
        #expect(both.readers("OTHER") == ["api"])
        let own = checks(.staging, ["KEY"], own: ["KEY"], [api])
        #expect(own.readers("KEY") == [])
        #expect(own.readers("api/KEY") == ["api"])
    }
}

@Suite struct `A rotation` {
    private func rotation(steps: Int) -> Rotation {
        Rotation(
            id: "t-1", environment: "dev", name: "KEY", steps: steps, by: "ada", keepOldSeconds: 60,
            now: Timestamp(microseconds: 0))
    }

    @Test func `of one value ends with its rollout`() {
        var rotation = rotation(steps: 1)
        rotation.written()
        rotation.began("r-1")
        rotation.succeeded(now: Timestamp(microseconds: 5))
        #expect(rotation.phase == .done && !rotation.isOpen)
    }

    @Test func `of signing keys accepts both, signs with the new one, waits, and retires the old one`() {
        var rotation = rotation(steps: 3)
        for step in 1...2 {
            #expect(rotation.step == step && rotation.phase == .writing)
            rotation.written()
            rotation.began("r-\(step)")
            rotation.succeeded(now: Timestamp(microseconds: 1_000_000))
        }
        #expect(rotation.phase == .waiting && rotation.step == 3)
        #expect(rotation.retireAt == Timestamp(microseconds: 61_000_000))
        rotation.retire()
        rotation.written()
        rotation.began("r-3")
        rotation.succeeded(now: Timestamp(microseconds: 0))
        #expect(rotation.phase == .done)
        let values = RotationValues.signingKeys(old: Secret("a:1,b:2"), fresh: Secret("c:3")).map { $0.reveal() }
        #expect(values == ["a:1,b:2", "a:1,b:2,c:3", "c:3,a:1,b:2", "c:3"])
    }

    @Test func `whose first rollout is taken back ends; a later one waits for a person`() {
        var first = rotation(steps: 3)
        first.written()
        first.began("r-1")
        first.failed("rollout r-1 ended as rolled_back")
        #expect(first.phase == .takingBack)
        first.takenBack()
        #expect(first.phase == .takenBack && !first.isOpen)

        var second = rotation(steps: 3)
        second.written()
        second.began("r-1")
        second.succeeded(now: Timestamp(microseconds: 0))
        second.written()
        second.began("r-2")
        second.failed("rollout r-2 ended as rolled_back")
        second.takenBack()
        #expect(second.phase == .stuck && second.isOpen)
        #expect(second.text.contains("tidegate secrets rotate dev KEY"))
        second.takeUpAgain()
        #expect(second.phase == .writing && second.step == 2)
    }

    @Test func `is on record as it is, and open until it ends`() async throws {
        let folder = try TemporaryFolder()
        let database = try Databases.open(address: "sqlite:\(folder.file("control.sqlite"))")
        _ = try await SecretBook.migrator.migrate(database, now: 0)
        let book = SecretBook(database: database)
        var rotation = rotation(steps: 3)
        rotation.written()
        rotation.began("r-1")
        try await book.save(rotation, now: Timestamp(microseconds: 1))
        #expect(try await book.openRotations() == [rotation])
        rotation.failed("x")
        rotation.takenBack()
        try await book.save(rotation, now: Timestamp(microseconds: 2))
        #expect(try await book.openRotations().isEmpty)
        #expect(try await book.rotation("t-1") == rotation)
        await database.close()
    }
}

@Suite struct `The installation's key` {
    @Test func `is the first one for ever: with another, everything would look changed`() async throws {
        let folder = try TemporaryFolder()
        let database = try Databases.open(address: "sqlite:\(folder.file("control.sqlite"))")
        _ = try await SecretBook.migrator.migrate(database, now: 0)
        let book = SecretBook(database: database)
        let (first, other) = (
            InstallationKey(bytes: Array(repeating: 1, count: 32)),
            InstallationKey(bytes: Array(repeating: 2, count: 32))
        )
        let now = Timestamp(microseconds: 1)
        try await book.expect(first, at: "/srv/key", now: now)
        try await book.expect(first, at: "/srv/key", now: now)
        let refusal = await #expect(throws: Refusal.self) { try await book.expect(other, at: "/srv/key", now: now) }
        #expect(refusal?.code == "foreign_key" && refusal?.message.contains("/srv/key") == true)
        try await book.expect(first, at: "/srv/key", now: now)
        await database.close()
    }
}

@Suite(.timeLimit(.minutes(1))) struct `The API of secrets` {
    @Test func `passes what is asked on, the value in the body alone`() async throws {
        let control = StubControl()
        try await TestServer.run(control) { server in
            let path = "/api/v1/environments/dev/secrets"
            let list: [SecretDocument] = try await server.client.get(path)
            #expect(list.map(\.name) == ["JWT_SECRET"])
            let _: [SecretCheckDocument] = try await server.client.post("\(path)/check", SecretsBody())
            let _: SecretDocument = try await server.client.post(
                "\(path)/set", SecretChangeBody(name: "api/KEY", value: Secret("canary-4711")))
            let rotation: RotationDocument = try await server.client.post(
                "\(path)/rotate", SecretChangeBody(name: "JWT_SECRET"))
            #expect(rotation.steps == 3)
            let _: RotationDocument = try await server.client.get("/api/v1/rotations/t-1")
        }
        #expect(
            control.asked == [
                "secrets dev", "secrets check dev", "secrets set dev api/KEY", "secrets dev",
                "secrets rotate dev JWT_SECRET \(LoginName.current), for ada",
            ])
        #expect(control.memory.withLock { $0.carried } == ["value": "canary-4711"])
    }
}
