import Contract
import Glibc
import Storage

/// A SQLite file: its folder is there and may be written, and the file is what the release expects. It blocks.
struct SQLiteCheck: Sendable {
    let name: String
    let path: String
    let requirement: DatabaseRequirement

    func reports() -> [CheckReport] {
        guard path.hasPrefix("/") else {
            return [
                CheckReport(
                    .failed,
                    "\(name) names the file \(path) relative to the release's folder, so each release would have its own.",
                    fix: "Write the whole path: sqlite:/… (in a definition, sqlite:${project}/…).")
            ]
        }
        let folder = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? ""
        if let flaw = flaw(of: folder.isEmpty ? "/" : folder) { return [flaw] }
        guard SQLiteFile(path: path).exists else {
            guard requirement.migrates else {
                return [
                    CheckReport(
                        .failed, "The database \(path) does not exist, and this environment does not migrate.",
                        fix: "Name the service that migrates under migrations:, or put the file there.")
                ]
            }
            return [.passed("\(path) does not exist yet; the migrations make it.")]
        }
        if access(path, W_OK) != 0 {
            return [
                CheckReport(
                    .failed, "The database \(path) cannot be written by this user.",
                    fix: "chown or chmod it for the user that runs tidegate.")
            ]
        }
        return contents()
    }

    /// What is wrong with the folder, if anything.
    private func flaw(of folder: String) -> CheckReport? {
        var status = stat()
        if stat(folder, &status) == 0 {
            guard status.st_mode & S_IFMT == S_IFDIR else {
                return CheckReport(
                    .failed, "\(folder), where \(name) puts its file, is no folder.", fix: "Name another place.")
            }
            guard access(folder, W_OK | X_OK) == 0 else {
                return CheckReport(
                    .failed, "The folder \(folder) cannot be written by this user, and SQLite writes beside its file.",
                    fix: "chown or chmod it for the user that runs tidegate.")
            }
            return nil
        }
        let above = Self.nearest(above: folder)
        guard requirement.migrates, access(above, W_OK) == 0 else {
            return CheckReport(
                .failed, "The folder \(folder) of the database does not exist.", fix: "mkdir -p \(folder)")
        }
        return CheckReport(
            .warned, "The folder \(folder) of the database does not exist yet; the migrations have to make it.",
            fix: "If that is not the first rollout, \(name) names the wrong place; otherwise: mkdir -p \(folder)")
    }

    private static func nearest(above path: String) -> String {
        var path = path[...]
        while let slash = path.lastIndex(of: "/") {
            path = path[..<slash]
            if access(path.isEmpty ? "/" : String(path), F_OK) == 0 { break }
        }
        return path.isEmpty ? "/" : String(path)
    }

    private func contents() -> [CheckReport] {
        do {
            return try SQLiteFile(path: path).read { connection in
                let rows = try connection.query("SELECT name FROM sqlite_master WHERE type IN ('table', 'view')")
                let tables = Set(try rows.map { try $0.get("name", as: String.self) })
                let history = try SchemaHistory.read(connection)
                return [.passed("\(path) is an intact database with \(Words.count(tables.count, "table")).")]
                    + SchemaHistory.reports(history, .sqlite, requirement)
                    + MissingTables.reports(tables, requirement)
            }
        } catch let error as DatabaseError {
            return [CheckReport(.failed, "\(error)", fix: "Look at the file, or restore it from a backup.")]
        } catch {
            return [CheckReport(.failed, "\(path) cannot be read: \(error).", fix: "Look at the file.")]
        }
    }
}

enum MissingTables {
    /// Those that the contract asks for, that are not there, and that no migration brings.
    static func reports(_ tables: Set<String>, _ requirement: DatabaseRequirement) -> [CheckReport] {
        let coming = Set(requirement.migrations?.tables ?? [])
        let missing = requirement.tables.filter { !tables.contains($0) && !coming.contains($0) }
        guard !missing.isEmpty else { return [] }
        return [
            CheckReport(
                .failed,
                "The database has no \(missing.joined(separator: ", ")), which the contract asks for.",
                fix: "Check that the address names the right database, and roll out first what makes them.")
        ]
    }
}
