import Documents
import FoundationEssentials
import Storage

/// Whether this instance can serve: its database answers and has the schema that this code expects, its files can be
/// written, its tokens can be verified. Providers are not asked: when they are out, uploads still work.
struct Readiness: Sendable {
    private let folder: String
    private let canVerify: Bool
    private let drill: APIDrill
    /// Those who ask at the same time share a look, which begins after they asked.
    private let looks: GroupDesk<Void, HealthCheck>

    init(store: any Database, folder: String, canVerify: Bool, drill: APIDrill) {
        self.folder = folder
        self.canVerify = canVerify
        self.drill = drill
        looks = GroupDesk(most: .max) { asked in
            let check = await Self.look(at: store)
            return asked.map { .success(check) }
        }
    }

    func checks() async throws -> [String: HealthCheck] {
        var checks = [
            "database": try await database(), "storage": storage(),
            "tokens": canVerify ? HealthCheck.ok : .failed("no key to verify tokens with"),
        ]
        if drill.notReady { checks["startup"] = .failed("it has not finished starting") }
        return checks
    }

    /// - Throws: `CancellationError`.
    func database() async throws -> HealthCheck { try await looks.ask(()) }

    private static func look(at store: any Database) async -> HealthCheck {
        let start = ContinuousClock.now
        do {
            // Those of a later release do not matter: they only add.
            let pending = try await PipelineMigrations.missing(in: store)
            guard pending.isEmpty else {
                return .failed("migrations are missing: \(pending.joined(separator: ", ")); run: pipeline migrate")
            }
        } catch { return .failed("\(error)") }
        var check = HealthCheck.ok
        check.milliseconds = (ContinuousClock.now - start).inSeconds * 1000
        return check
    }

    private func storage() -> HealthCheck {
        FileManager.default.isWritableFile(atPath: folder) ? .ok : .failed("the folder for files cannot be written to")
    }
}
