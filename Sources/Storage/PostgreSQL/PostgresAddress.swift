import CPostgres
import Foundation

/// Where a PostgreSQL database is and who asks. Printing it never shows the password.
package struct PostgresAddress: Sendable, CustomStringConvertible, CustomReflectable {
    /// For libpq only: it may hold a password.
    let secret: String
    private let password: String?
    package let description: String
    /// The servers that are tried in turn, with their ports; a path is a folder of unix sockets. Empty takes libpq's own.
    package let servers: [(host: String, port: Int)]
    package let user: String?
    package let database: String?
    /// Whether `sslmode` refuses to go on without TLS.
    package let requiresTLS: Bool

    package var customMirror: Mirror { Mirror(self, children: ["address": description]) }

    /// - Parameter address: `postgresql://…` or `postgres://…`, all that libpq understands.
    /// - Throws: `DatabaseError.invalidAddress`.
    package init(_ address: String) throws(DatabaseError) {
        guard let options = Self.options(address) else {
            // libpq's own message may quote the password.
            throw .invalidAddress("postgresql://…", reason: "libpq cannot parse it")
        }
        let ports = options["port"]?.split(separator: ",", omittingEmptySubsequences: false) ?? []
        guard ports.allSatisfy({ $0.isEmpty || UInt16($0) != nil }) else {
            throw .invalidAddress("postgresql://…", reason: "its port is no number from 1 to 65535")
        }
        let hosts = (options["host"] ?? "").split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        servers = hosts.enumerated().filter { !$0.element.isEmpty }.map { index, host in
            (host: host, port: (index < ports.count ? Int(ports[index]) : ports.last.flatMap { Int($0) }) ?? 5432)
        }
        user = options["user"]
        database = options["dbname"]
        requiresTLS = ["require", "verify-ca", "verify-full"].contains(options["sslmode"] ?? "")
        secret = address
        password = options["password"].flatMap { $0.isEmpty ? nil : $0 }
        let user = options["user"].map { "\($0)@" } ?? ""
        let port = options["port"].map { ":\($0)" } ?? ""
        description = "postgresql://\(user)\(options["host"] ?? "")\(port)/\(options["dbname"] ?? "")"
    }

    /// libpq's message in one line, without the password.
    func scrubbed(_ message: String) -> String {
        // What libpq asks back is no reason.
        let line = message.split(whereSeparator: \.isNewline).map { $0.trimmingCharacters(in: .whitespaces) }
            .filter { !$0.hasSuffix("?") }.joined(separator: "; ")
        guard let password else { return line }
        return line.replacingOccurrences(of: password, with: "…")
    }

    private static func options(_ address: String) -> [String: String]? {
        guard let first = PQconninfoParse(address, nil) else { return nil }
        defer { PQconninfoFree(first) }
        var options: [String: String] = [:]
        var option = first
        while let keyword = option.pointee.keyword {
            if let value = option.pointee.val { options[String(cString: keyword)] = String(cString: value) }
            option += 1
        }
        return options
    }
}
