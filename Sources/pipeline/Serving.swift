import Documents
import Foundation
import Logging
import NIOCore
import ServiceLifecycle
import UnixSignals
import Worker

/// Somebody else listens there already.
struct PortInUse: Error, CustomStringConvertible {
    var port: Int
    /// The variable or option that chooses another.
    var setting: String

    var description: String {
        "The port \(port) on 127.0.0.1 is in use by another program: end that, or choose another port with \(setting)."
    }
}

/// What every command that serves does: logs, ends in order on SIGTERM, and says when its port is taken.
enum Serving {
    /// Lines of JSON on standard error, which say what runs here, and in which no secret of this process stands.
    static func logger(_ service: String, level: String, _ identity: InstanceIdentity, secrets: [Credential]) -> Logger
    {
        let fields = [
            "service": service, "release": identity.release, "bundle": identity.bundle, "instance": identity.instance,
        ]
        return Logger(label: service) { label in
            JSONLog(
                label: label, level: Logger.Level(rawValue: level) ?? .info, fields: fields, secrets: secrets,
                now: WallClock.microseconds, write: Self.log)
        }
    }

    /// For programs that people start by hand.
    static func plainLogger(_ label: String, level: String) -> Logger {
        var logger = Logger(label: label) { StreamLogHandler.standardError(label: $0) }
        logger.logLevel = Logger.Level(rawValue: level) ?? .info
        return logger
    }

    /// A line at once, so that lines of several threads do not mix. Nobody can be told that the log cannot be written.
    private static func log(_ line: String) {
        var rest = Array(line.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, $0.count) }
            guard count > 0 else { return }
            rest = rest.dropFirst(count)
        }
    }

    /// Runs until SIGTERM or SIGINT, and returns when everything in flight is done.
    static func run(_ service: any Service, logger: Logger) async throws {
        let group = ServiceGroup(
            configuration: .init(
                services: [.init(service: NamedService(service))], gracefulShutdownSignals: [.sigterm, .sigint],
                logger: logger))
        try await group.run()
    }

    /// - Throws: `PortInUse` instead of the system's "address in use".
    static func listening(on port: Int, setting: String, _ body: () async throws -> Void) async throws {
        do {
            try await body()
        } catch let error as IOError where error.errnoCode == EADDRINUSE {
            throw PortInUse(port: port, setting: setting)
        }
    }
}
