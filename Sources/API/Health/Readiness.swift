import Documents
import FoundationEssentials
import Storage

/// Whether this instance can serve: its database answers and has the schema that this code expects, its files can be
/// written, its tokens can be verified. Providers are not asked: when they are out, uploads still work.
struct Readiness: Sendable {
    /// Whoever asks often, as the router and the platform do, gets the same look for so long.
    static let freshness = Duration.milliseconds(100)

    private let canVerify: Bool
    private let drill: APIDrill
    private let look: RecentLook<Seen>

    private struct Seen {
        let database: DatabaseLook
        let storage: HealthCheck
    }

    /// The database's own words name its host and account, and stay on this machine.
    private struct DatabaseLook {
        let inside: HealthCheck
        let outside: HealthCheck

        func check(toldOutside: Bool) -> HealthCheck { toldOutside ? outside : inside }
    }

    init(store: any Database, folder: String, canVerify: Bool, drill: APIDrill) {
        self.canVerify = canVerify
        self.drill = drill
        look = RecentLook(age: Self.freshness) {
            Seen(database: await Self.look(at: store), storage: Self.look(atFolder: folder))
        }
    }

    /// - Parameter toldOutside: whether the answer leaves this machine.
    /// - Throws: `CancellationError`.
    func checks(toldOutside: Bool) async throws -> [String: HealthCheck] {
        let seen = try await look.value()
        var checks = [
            "database": seen.database.check(toldOutside: toldOutside), "storage": seen.storage,
            "tokens": canVerify ? HealthCheck.ok : .failed("no key to verify tokens with"),
        ]
        if drill.notReady { checks["startup"] = .failed("it has not finished starting") }
        return checks
    }

    /// - Throws: `CancellationError`.
    func databaseCheck(toldOutside: Bool) async throws -> HealthCheck {
        try await look.value().database.check(toldOutside: toldOutside)
    }

    private static func look(at store: any Database) async -> DatabaseLook {
        let start = ContinuousClock.now
        do {
            // Those of a later release do not matter: they only add.
            let pending = try await PipelineMigrations.missing(in: store)
            guard pending.isEmpty else {
                let missing = pending.joined(separator: ", ")
                let check = HealthCheck.failed("migrations are missing: \(missing); run: pipeline migrate")
                return DatabaseLook(inside: check, outside: check)
            }
        } catch {
            let code = (error as? DatabaseError)?.code ?? "database_other"
            return DatabaseLook(
                inside: .failed("\(error)"), outside: .failed("\(code); asked on its own machine it says more"))
        }
        var check = HealthCheck.ok
        check.milliseconds = Double((ContinuousClock.now - start).microseconds) / 1000
        return DatabaseLook(inside: check, outside: check)
    }

    private static func look(atFolder folder: String) -> HealthCheck {
        FileManager.default.isWritableFile(atPath: folder) ? .ok : .failed("the folder for files cannot be written to")
    }
}
