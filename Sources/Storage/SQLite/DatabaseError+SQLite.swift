import Foundation
import GRDB

extension DatabaseError {
    /// What SQLite's extended result code means for the caller. Some codes say too little, so the file system is asked
    /// why: `CANTOPEN` and `IOERR` come from a full device and from one without write permission as well.
    init(sqlite error: any Error, path: String, sql: String) {
        guard let error = error as? GRDB.DatabaseError else {
            self = error as? DatabaseError ?? .other(String(describing: error))
            return
        }
        let reason = error.message ?? "SQLite error \(error.extendedResultCode.rawValue)"
        switch error.resultCode {
        case .SQLITE_FULL: self = .full(path)
        case .SQLITE_READONLY: self = .readOnly(path)
        case .SQLITE_CANTOPEN, .SQLITE_IOERR: self = Self.fileTrouble(path: path, reason: reason)
        case .SQLITE_PERM, .SQLITE_AUTH: self = .accessDenied(path, reason: reason)
        case .SQLITE_NOTADB, .SQLITE_CORRUPT:
            self = .unreachable(path, reason: "it is not an intact SQLite file (\(reason))")
        case .SQLITE_BUSY, .SQLITE_LOCKED:
            self = .busy("\(path) stayed locked by another process for \(Int(SQLiteDatabase.busyTimeout)) s")
        case .SQLITE_CONSTRAINT: self = .constraint(name: Self.constraintName(reason), reason: reason)
        case .SQLITE_ERROR, .SQLITE_MISMATCH, .SQLITE_RANGE, .SQLITE_TOOBIG:
            self = .invalidStatement(sql: sql, reason: reason)
        case .SQLITE_MISUSE: self = .other("\(path) is closed, or was used wrongly (\(reason))")
        default: self = .other("\(path): \(reason)")
        }
    }

    private static func fileTrouble(path: String, reason: String) -> DatabaseError {
        let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: folder, isDirectory: &isFolder), isFolder.boolValue else {
            return .unreachable(path, reason: "the folder \(folder) does not exist")
        }
        var space = statvfs()
        if statvfs(folder, &space) == 0, UInt64(space.f_bavail) * UInt64(space.f_frsize) < 128 * 1024 {
            return .full(path)
        }
        let exists = FileManager.default.fileExists(atPath: path)
        if access(folder, W_OK) != 0 || (exists && access(path, W_OK) != 0) {
            return .readOnly(path)
        }
        return .unreachable(path, reason: reason)
    }

    /// "UNIQUE constraint failed: jobs.id" names what it is about after the colon. For display only.
    private static func constraintName(_ message: String) -> String {
        guard let colon = message.range(of: ": ") else { return message }
        return String(message[colon.upperBound...])
    }
}
