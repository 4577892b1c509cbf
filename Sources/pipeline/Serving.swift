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
    static func logger(_ label: String, level: String) -> Logger {
        var logger = Logger(label: label) { StreamLogHandler.standardError(label: $0) }
        logger.logLevel = Logger.Level(rawValue: level) ?? .info
        return logger
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
