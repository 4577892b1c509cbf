import FoundationEssentials
import Rollouts
import Storage

/// What is written down of an instance before it is started, so that whoever comes next finds it and can keep it running.
package struct InstanceRecord: Sendable, Equatable {
    /// All that a start needs, but for secrets.
    package struct Specification: Codable, Sendable, Equatable {
        package var environment: String
        package var release: String
        package var bundle: Digest
        package var service: BundleService
    }

    package var id: String
    package var specification: Specification
    /// False once it was told to stop.
    package var wanted: Bool
    package var pid: Int?
    /// Ticks since boot, and which boot.
    package var started: Int64?
    package var boot: String?
    package var port: Int
    package var restarts: Int
    package var failures: Int
    package var detail: String?
    package var since: Timestamp

    package var environment: String { specification.environment }
    package var service: BundleService { specification.service }
}

/// The table `instances` of the control plane's database.
package struct InstanceStore: Sendable {
    package static let migrator = Migrator(
        owner: "instances",
        migrations: [
            Migration("0001_instances") { _ in
                [
                    """
                    CREATE TABLE instances (
                        id TEXT NOT NULL PRIMARY KEY, environment TEXT NOT NULL, service TEXT NOT NULL,
                        bundle TEXT NOT NULL, specification TEXT NOT NULL, wanted BIGINT NOT NULL, pid BIGINT,
                        started BIGINT, boot TEXT, port BIGINT NOT NULL, restarts BIGINT NOT NULL,
                        failures BIGINT NOT NULL, detail TEXT, since BIGINT NOT NULL, ended BIGINT)
                    """,
                    "CREATE INDEX instances_environment ON instances (environment, ended)",
                ]
            }
        ])

    private let database: any Database

    package init(database: any Database) { self.database = database }

    /// Those that have not ended.
    package func living() async throws -> [InstanceRecord] {
        try await database.read { connection in
            try connection.query("SELECT * FROM instances WHERE ended IS NULL ORDER BY since, id", [])
                .map { try InstanceRecord(row: $0) }
        }
    }

    /// The instance, ended or not.
    package func find(_ id: String) async throws -> InstanceRecord? {
        try await database.read { connection in
            try connection.query("SELECT * FROM instances WHERE id = ?", [id]).first.map { try InstanceRecord(row: $0) }
        }
    }

    package func save(_ record: InstanceRecord) async throws {
        let specification = String(decoding: try JSONEncoder().encode(record.specification), as: UTF8.self)
        _ = try await database.write { connection in
            try connection.execute(
                """
                INSERT INTO instances (id, environment, service, bundle, specification, wanted, pid, started, boot, port,
                    restarts, failures, detail, since) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                ON CONFLICT (id) DO UPDATE SET wanted = excluded.wanted, pid = excluded.pid,
                    started = excluded.started, boot = excluded.boot, port = excluded.port,
                    restarts = excluded.restarts, failures = excluded.failures, detail = excluded.detail,
                    since = excluded.since
                """,
                [
                    record.id, record.environment, record.service.name, record.specification.bundle.text,
                    specification, record.wanted ? 1 : 0, record.pid, record.started, record.boot, record.port,
                    record.restarts, record.failures, record.detail, record.since.microseconds,
                ])
        }
    }

    /// Those of the environment that ended before.
    package func ended(environment: String, before: Timestamp) async throws -> [String] {
        try await database.read { connection in
            try connection.query(
                "SELECT id FROM instances WHERE environment = ? AND ended IS NOT NULL AND ended < ?",
                [environment, before.microseconds]
            ).map { try $0.get("id") }
        }
    }

    package func remove(_ id: String) async throws {
        _ = try await database.write { connection in
            try connection.execute("DELETE FROM instances WHERE id = ? AND ended IS NOT NULL", [id])
        }
    }

    /// The instance has ended for good; its row stays until retention takes it, for its log's sake.
    package func end(_ id: String, at now: Timestamp) async throws {
        _ = try await database.write { connection in
            try connection.execute(
                "UPDATE instances SET ended = ?, wanted = 0, pid = NULL WHERE id = ?", [now.microseconds, id])
        }
    }
}

extension InstanceRecord {
    fileprivate init(row: Row) throws {
        let text: String = try row.get("specification")
        self.init(
            id: try row.get("id"),
            specification: try JSONDecoder().decode(Specification.self, from: Data(text.utf8)),
            wanted: try row.get("wanted", as: Int.self) != 0, pid: try row.get("pid"),
            started: try row.get("started"), boot: try row.get("boot"), port: try row.get("port"),
            restarts: try row.get("restarts"), failures: try row.get("failures"), detail: try row.get("detail"),
            since: Timestamp(microseconds: try row.get("since")))
    }
}
