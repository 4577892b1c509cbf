import Foundation
import Storage
import TestSupport
import Testing

/// What SQLite meets on a device. Mounting a small one takes root; without that, SQLite's own limits stand in for the
/// full one, and permissions for the read-only one.
@Suite(.timeLimit(.minutes(1)))
struct DiskTests {
    @Test func `a full device is told as such, and what was committed stays`() async throws {
        let disk = try Disk(megabytes: 1)
        defer { disk.remove() }
        let database = try Databases.open(address: "sqlite:\(disk.file)")
        try await database.run("CREATE TABLE t (b BLOB)")
        if !disk.isMounted { try await database.run("PRAGMA max_page_count = 100") }
        let piece = [UInt8](repeating: 7, count: 50_000)
        var written: Int64 = 0
        let error = await #expect(throws: DatabaseError.self) {
            for _ in 0..<100 {
                try await database.run("INSERT INTO t (b) VALUES (?)", piece)
                written += 1
            }
        }
        #expect(error == .full(disk.file))
        #expect(written > 0)
        let rows = try await database.integer("SELECT COUNT(*) AS n FROM t")
        #expect(rows == written)
        await database.close()
    }

    @Test func `a read-only device is told as such`() async throws {
        let disk = try Disk(megabytes: 4)
        defer { disk.remove() }
        let database = try Databases.open(address: "sqlite:\(disk.file)")
        try await database.run("CREATE TABLE t (n BIGINT)")
        await database.close()
        try disk.makeReadOnly()
        let error = #expect(throws: DatabaseError.self) { _ = try Databases.open(address: "sqlite:\(disk.file)") }
        #expect(error == .readOnly(disk.file))
    }

    @Test func `many who create the same file at once all get it`() async throws {
        for _ in 0..<10 {
            let place = try await Place(.sqlite)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<12 {
                    group.addTask {
                        let database = try place.open()
                        try await database.run("CREATE TABLE IF NOT EXISTS t (n BIGINT)")
                        await database.close()
                    }
                }
                try await group.waitForAll()
            }
        }
    }

    @Test func `many who look at a file whose writer was killed all see what it committed`() async throws {
        let folder = try TemporaryFolder()
        let database = try Databases.open(address: "sqlite:\(folder.file("x.sqlite"))")
        try await database.run("CREATE TABLE t (b BLOB)")
        // A log of some length, so that to recover it takes long enough for others to come.
        try await database.run("INSERT INTO t (b) VALUES (?)", [UInt8](repeating: 7, count: 2_000_000))
        for round in 1...20 {
            // What a killed writer leaves: the file and its log, and nobody who has read that.
            let left = folder.file("left-\(round).sqlite")
            for part in ["", "-wal"] {
                try FileManager.default.copyItem(atPath: folder.file("x.sqlite\(part)"), toPath: left + part)
            }
            try await withThrowingTaskGroup(of: Int64.self) { group in
                for _ in 0..<4 {
                    group.addTask {
                        try SQLiteFile(path: left).read { connection in
                            try connection.query("SELECT COUNT(*) AS n FROM t")[0].get("n", as: Int64.self)
                        }
                    }
                }
                for try await seen in group { #expect(seen == 1) }
            }
        }
        await database.close()
    }

    @Test func `a file in a folder that is not there is unreachable`() throws {
        let folder = try TemporaryFolder()
        let path = folder.file("absent/x.sqlite")
        let error = #expect(throws: DatabaseError.self) { _ = try Databases.open(address: "sqlite:\(path)") }
        guard case .unreachable(path, _) = error else { throw try #require(error) }
    }

    @Test func `a file that is no database is unreachable, and stays as it is`() throws {
        let folder = try TemporaryFolder()
        let text = String(repeating: "This is no database. ", count: 200)
        let path = try folder.write("x.sqlite", text)
        let error = #expect(throws: DatabaseError.self) { _ = try Databases.open(address: "sqlite:\(path)") }
        guard case .unreachable(path, _) = error else { throw try #require(error) }
        #expect(try String(contentsOfFile: path, encoding: .utf8) == text)
    }
}

/// A device of its own for root, a folder for everybody else.
private struct Disk {
    let folder: TemporaryFolder
    let isMounted: Bool

    var file: String { folder.file("disk/test.sqlite") }
    private var path: String { folder.file("disk") }

    init(megabytes: Int) throws {
        folder = try TemporaryFolder()
        let path = folder.file("disk")
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
        isMounted = geteuid() == 0
        guard isMounted else { return }
        guard mount("tidegate-test", path, "tmpfs", 0, "size=\(megabytes)m") == 0 else {
            throw POSIXError(.init(rawValue: errno) ?? .EIO)
        }
    }

    func makeReadOnly() throws {
        let result =
            isMounted
            ? mount("tidegate-test", path, "tmpfs", UInt(MS_REMOUNT | MS_RDONLY), nil)
            : chmod(file, 0o444) | chmod(path, 0o555)
        guard result == 0 else { throw POSIXError(.init(rawValue: errno) ?? .EIO) }
    }

    func remove() {
        if isMounted {
            let detach: Int32 = 2  // MNT_DETACH, which Glibc does not import.
            if umount2(path, detach) != 0 { print("still mounted: \(path)") }
        } else {
            if chmod(path, 0o755) != 0 { print("left behind: \(path)") }
        }
    }
}
