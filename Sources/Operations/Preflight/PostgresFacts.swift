import Contract
import Storage

/// What a PostgreSQL database says of itself, to the role that asks. Everything here is read.
struct PostgresFacts: Sendable, Equatable {
    struct Extension: Sendable, Equatable {
        var name: String
        var isInstalled: Bool
        /// Whether a role that may create in the database may create it (`trusted`).
        var isTrusted: Bool
    }

    struct Table: Sendable, Equatable {
        var name: String
        var owner: String
        /// Whether the role may act as the owner, and so alter it.
        var isOurs: Bool
    }

    var version: Int
    var role: String
    var isReadOnly: Bool
    var isReplica: Bool
    var isEncrypted: Bool
    var isLocal: Bool
    var isSuperuser: Bool
    var mayCreateInDatabase: Bool
    var mayCreateTables: Bool
    /// Those that are installed or could be.
    var extensions: [Extension]
    var tables: [Table]
    var applied: [String: String]?

    static func read(_ connection: any Connection, _ requirement: DatabaseRequirement) throws -> PostgresFacts {
        guard let row = try connection.first(session) else { throw DatabaseError.other("it describes no session") }
        return PostgresFacts(
            version: try row.get("version"), role: try row.get("role"), isReadOnly: try row.get("read_only") == "on",
            isReplica: try row.get("replica"), isEncrypted: try row.get("encrypted"), isLocal: try row.get("local"),
            isSuperuser: try row.get("superuser"), mayCreateInDatabase: try row.get("create_in_database"),
            mayCreateTables: try row.get("create_tables"),
            extensions: try connection.query(available).map { row in
                Extension(
                    name: try row.get("name"), isInstalled: try row.get("installed"), isTrusted: try row.get("trusted"))
            },
            tables: try connection.query(tables).map { row in
                Table(name: try row.get("name"), owner: try row.get("owner"), isOurs: try row.get("ours"))
            },
            applied: try SchemaHistory.read(connection)?.applied)
    }

    private static let session = """
        SELECT current_setting('server_version_num')::bigint AS version, current_user::text AS role,
            (SELECT reset_val FROM pg_settings WHERE name = 'default_transaction_read_only') AS read_only, pg_is_in_recovery() AS replica,
            coalesce((SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()), false) AS encrypted,
            inet_server_addr() IS NULL OR inet_server_addr() <<= '127.0.0.0/8' OR inet_server_addr() = '::1' AS local,
            (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) AS superuser,
            has_database_privilege(current_database(), 'CREATE') AS create_in_database,
            coalesce(has_schema_privilege(current_schema(), 'CREATE'), false) AS create_tables
        """

    private static let available = """
        SELECT e.name::text AS name, e.installed_version IS NOT NULL AS installed, coalesce(v.trusted, false) AS trusted
        FROM pg_available_extensions e
        LEFT JOIN pg_available_extension_versions v ON v.name = e.name AND v.version = e.default_version
        """

    private static let tables = """
        SELECT c.relname::text AS name, pg_get_userbyid(c.relowner)::text AS owner,
            pg_has_role(current_user, c.relowner, 'USAGE') AS ours
        FROM pg_class c WHERE c.relkind IN ('r', 'p', 'v', 'm') AND pg_table_is_visible(c.oid)
            AND c.relnamespace NOT IN ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)
        """
}

extension PostgresFacts {
    func reports(_ requirement: DatabaseRequirement, _ place: PostgresAddress) -> [CheckReport] {
        let major = version >= 100_000 ? "\(version / 10_000)" : "\(version / 10_000).\(version / 100 % 100)"
        var reports = [CheckReport.passed("PostgreSQL \(major) at \(place) lets \(role) in.")]
        if let minimum = requirement.minimumPostgresVersion, version / 10_000 < minimum {
            reports.append(
                CheckReport(
                    .failed, "\(place) is PostgreSQL \(major), and \(requirement.release) needs \(minimum) or later.",
                    fix: "Upgrade the server, or name another one."))
        }
        reports += [mode(requirement, place), encryption(requirement, place)].compactMap(\.self)
        reports += requirement.extensions.compactMap { problem(withExtension: $0, place) }
        if requirement.migrates { reports += ownership(requirement, place) }
        reports += SchemaHistory.reports(applied.map(SchemaHistory.init), .postgresql, requirement)
        reports += MissingTables.reports(Set(tables.map(\.name)), requirement)
        return reports
    }

    private func mode(_ requirement: DatabaseRequirement, _ place: PostgresAddress) -> CheckReport? {
        guard isReplica || isReadOnly else { return nil }
        let what = isReplica ? "a replica" : "read-only for \(role) (default_transaction_read_only)"
        let fix = isReplica ? "Name the primary server." : "ALTER ROLE \"\(role)\" RESET default_transaction_read_only"
        return CheckReport(
            requirement.migrates ? .failed : .warned,
            "\(place) is \(what)" + (requirement.migrates ? ", and migrations cannot write to it." : "."), fix: fix)
    }

    private func encryption(_ requirement: DatabaseRequirement, _ place: PostgresAddress) -> CheckReport? {
        guard !isEncrypted, !isLocal, !requirement.isDevelopment else { return nil }
        return CheckReport(
            .warned, "The connection to \(place) leaves this machine without TLS.",
            fix: "Add ?sslmode=require (or verify-full with a certificate) to the address.")
    }

    private func problem(withExtension name: String, _ place: PostgresAddress) -> CheckReport? {
        guard let found = extensions.first(where: { $0.name == name }) else {
            return CheckReport(
                .failed, "The server of \(place) does not have the extension \(name).",
                fix: "Install its package on the server, then: CREATE EXTENSION \"\(name)\"")
        }
        if found.isInstalled || isSuperuser || (found.isTrusted && mayCreateInDatabase) { return nil }
        return CheckReport(
            .failed, "The extension \(name) is not installed in \(place), and \(role) may not install it.",
            fix: "As a superuser, in that database: CREATE EXTENSION \"\(name)\"")
    }

    /// Whether the role that migrates may alter what is there, and make what is not.
    private func ownership(_ requirement: DatabaseRequirement, _ place: PostgresAddress) -> [CheckReport] {
        let owned = Set((requirement.migrations?.tables ?? []) + [Migrator.table])
        var reports: [CheckReport] = []
        if let foreign = tables.first(where: { owned.contains($0.name) && !$0.isOurs }) {
            reports.append(
                CheckReport(
                    .failed,
                    "The table \(foreign.name) in \(place) belongs to \(foreign.owner), and the migrations run as \(role), which "
                        + "may not alter it.",
                    fix: "ALTER TABLE \"\(foreign.name)\" OWNER TO \"\(role)\", or migrate as \(foreign.owner)."))
        }
        let missing = owned.subtracting(tables.map(\.name))
        if !missing.isEmpty, !mayCreateTables {
            reports.append(
                CheckReport(
                    .failed, "\(role) may not create tables in \(place), and the migrations have to.",
                    fix: "GRANT USAGE, CREATE ON SCHEMA public TO \"\(role)\""))
        }
        return reports
    }
}
