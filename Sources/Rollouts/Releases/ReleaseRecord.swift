import Storage

/// The recorded releases, as rows. A release's document never changes; only its block does.
package enum ReleaseRecord {
    /// - Throws: `RolloutError.unknownRelease`.
    package static func release(_ version: String, _ connection: any Connection) throws -> Release {
        guard let release = try find(version, connection) else { throw RolloutError.unknownRelease(version) }
        return release
    }

    /// Nil when it is not on record.
    static func find(_ version: String, _ connection: any Connection) throws -> Release? {
        try connection.first("SELECT document, blocked FROM releases WHERE version = ?", [version]).map(decode)
    }

    package static func list(_ connection: any Connection) throws -> [Release] {
        try connection.query("SELECT document, blocked FROM releases ORDER BY created_at DESC, version DESC").map(
            decode)
    }

    /// - Returns: the release as recorded, and whether it is new.
    /// - Throws: `ReleaseError.differentContent`.
    package static func record(
        _ release: Release, _ connection: any Connection
    ) throws -> (release: Release, isNew: Bool) {
        if let row = try connection.first("SELECT document, blocked FROM releases WHERE version = ?", [release.version])
        {
            let recorded = try decode(row)
            guard recorded.digest == release.digest else {
                throw ReleaseError.differentContent(
                    version: release.version, recorded: recorded.digest, offered: release.digest)
            }
            return (recorded, false)
        }
        try connection.execute(
            "INSERT INTO releases (version, digest, document, created_at, blocked) VALUES (?, ?, ?, ?, NULL)",
            [
                release.version, release.digest.text, try CanonicalJSON.encode(release),
                release.createdAt.microseconds,
            ])
        return (release, true)
    }

    package static func setBlocked(_ version: String, _ reason: String?, _ connection: any Connection) throws {
        try connection.execute("UPDATE releases SET blocked = ? WHERE version = ?", [reason, version])
    }

    private static func decode(_ row: Row) throws -> Release {
        var release = try CanonicalJSON.decode(Release.self, try row.get("document"))
        release.blocked = try row.get("blocked")
        return release
    }
}
