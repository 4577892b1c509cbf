import ControlPlane
import Rollouts
import Secrets
import Synchronization

extension StubControl {
    func secrets(_ environment: String) async throws -> [SecretDocument] {
        try ask("secrets \(environment)")
        return [
            SecretDocument(
                name: "JWT_SECRET", services: ["api"], source: "stored by this installation", writable: true,
                file: "environments/dev.yaml", line: 3, fingerprint: "0a1b2c3d")
        ]
    }

    func checkSecrets(_ environment: String, _ body: SecretsBody) async throws -> [SecretCheckDocument] {
        try ask("secrets check \(environment)")
        return [SecretCheckDocument(name: "JWT_SECRET", source: "stored by this installation", state: .good)]
    }

    func setSecret(_ environment: String, _ body: SecretChangeBody) async throws -> SecretDocument {
        try ask("secrets set \(environment) \(body.name)")
        memory.withLock { $0.carried = ["value": body.newValue?.reveal() ?? ""] }
        return try await secrets(environment)[0]
    }

    func rotateSecret(
        _ environment: String, _ body: SecretChangeBody, by caller: Caller
    ) async throws -> RotationDocument {
        try ask("secrets rotate \(environment) \(body.name) \(caller.name)")
        return try await rotation("t-1")
    }

    func rotation(_ id: String) async throws -> RotationDocument {
        RotationDocument(
            Rotation(
                id: id, environment: "dev", name: "JWT_SECRET", steps: 3, by: "ci", keepOldSeconds: 60,
                now: .init(microseconds: 0)))
    }
}
