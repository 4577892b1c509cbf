import CPostgres
import Foundation

/// Why a PostgreSQL server lets nobody in with this address, told apart by what to do next. No reason holds the password.
package enum PostgresRefusal: Error, Sendable, Equatable {
    case invalidAddress(reason: String)
    /// Nobody listens there, or no way leads there.
    case unreachable(reason: String)
    case timedOut
    case wrongPassword
    /// The server asks for one, and the address has none.
    case noPassword
    /// The role does not exist, or may not come from here, or not without TLS: the server's own words say which.
    case userRefused(reason: String)
    case unknownDatabase
    /// The address asks for TLS and there is none, or its certificate is not trusted.
    case noTLS(reason: String)
    case tooManyConnections(reason: String)
    /// It is starting up or shutting down.
    case notReady(reason: String)
    case other(reason: String)
}

/// Finds out whether a server lets somebody in, and if not, why: by the SQLSTATE of its answer and by how far the
/// connection came, never by the words. It sends nothing but what a connection needs.
package struct PostgresDiagnosis: Sendable {
    private let address: PostgresAddress

    package init(_ address: PostgresAddress) { self.address = address }

    /// Connects and leaves. It blocks: call it on a thread of its own.
    package func connect(within limit: Duration) throws(PostgresRefusal) {
        let end = ContinuousClock.now + limit
        let handle = PostgresSession.withConnectionOptions(address) { PQconnectStartParams($0, $1, 1) }
        defer { PQfinish(handle) }
        guard PQstatus(handle) != CONNECTION_BAD else {
            throw .invalidAddress(reason: address.scrubbed(String(cString: PQerrorMessage(handle))))
        }
        // With it the message of a server's refusal holds the SQLSTATE, which libpq tells in no other way here.
        PQsetErrorVerbosity(handle, PQERRORS_VERBOSE)
        var turn = PGRES_POLLING_WRITING
        var askedForTLS = false
        while turn != PGRES_POLLING_OK {
            guard turn != PGRES_POLLING_FAILED else { throw refusal(handle, stoppedAtTLS: askedForTLS) }
            try wait(PQsocket(handle), forReading: turn == PGRES_POLLING_READING, until: end)
            turn = PQconnectPoll(handle)
            // What comes after TLS was agreed on, or left out, is no fault of TLS.
            switch PQstatus(handle) {
            case CONNECTION_SSL_STARTUP: askedForTLS = true
            case CONNECTION_BAD: break
            default: askedForTLS = false
            }
        }
    }

    private func wait(
        _ descriptor: Int32, forReading: Bool, until end: ContinuousClock.Instant
    ) throws(PostgresRefusal) {
        var waiting = pollfd(fd: descriptor, events: Int16(forReading ? POLLIN : POLLOUT), revents: 0)
        while true {
            let left = (end - ContinuousClock.now) / .milliseconds(1)
            guard left > 0 else { throw .timedOut }
            let ready = poll(&waiting, 1, Int32(left.rounded(.up)))
            if ready > 0 { return }
            guard ready == 0 || errno == EINTR else { throw .other(reason: String(cString: strerror(errno))) }
        }
    }

    private func refusal(_ handle: OpaquePointer?, stoppedAtTLS: Bool) -> PostgresRefusal {
        let words = address.scrubbed(String(cString: PQerrorMessage(handle)))
        if PQconnectionNeedsPassword(handle) == 1 { return .noPassword }
        guard let answer = Self.answer(in: words) else {
            return stoppedAtTLS && address.requiresTLS ? .noTLS(reason: words) : .unreachable(reason: words)
        }
        switch answer.state {
        case "28P01": return .wrongPassword
        case "28000": return .userRefused(reason: answer.words)
        case "3D000": return .unknownDatabase
        case "53300": return .tooManyConnections(reason: answer.words)
        case "57P01", "57P02", "57P03": return .notReady(reason: answer.words)
        default: return .other(reason: "\(answer.words) (\(answer.state))")
        }
    }

    /// The SQLSTATE and the sentence of the last refusal in `SEVERITY:  SQLSTATE: sentence; LOCATION: …`, whose severity is
    /// in the server's language.
    static func answer(in words: String) -> (state: String, words: String)? {
        guard let found = words.matches(of: /:  ([0-9A-Z]{5}): ([^;]*)/).last else { return nil }
        return (String(found.1), found.2.trimmingCharacters(in: .whitespaces))
    }
}
