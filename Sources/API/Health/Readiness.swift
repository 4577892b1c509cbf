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
        let database: HealthCheck
        let storage: HealthCheck
    }

    init(store: any Database, folder: String, canVerify: Bool, drill: APIDrill) {
        self.canVerify = canVerify
        self.drill = drill
        look = RecentLook(age: Self.freshness) {
            Seen(database: await Self.look(at: store), storage: Self.look(atFolder: folder))
        }
    }

    func checks() async throws -> [String: HealthCheck] {
        let seen = try await look.value()
        var checks = [
            "database": seen.database, "storage": seen.storage,
            "tokens": canVerify ? HealthCheck.ok : .failed("no key to verify tokens with"),
        ]
        if drill.notReady { checks["startup"] = .failed("it has not finished starting") }
        return checks
    }

    /// - Throws: `CancellationError`.
    func databaseCheck() async throws -> HealthCheck { try await look.value().database }

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
        check.milliseconds = Double((ContinuousClock.now - start).microseconds) / 1000
        return check
    }

    private static func look(atFolder folder: String) -> HealthCheck {
        FileManager.default.isWritableFile(atPath: folder) ? .ok : .failed("the folder for files cannot be written to")
    }
}
