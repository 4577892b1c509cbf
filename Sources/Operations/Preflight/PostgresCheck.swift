import Storage

/// A PostgreSQL database: it lets the service in with the service's own account, and it is what the release expects.
struct PostgresCheck: Sendable {
    let name: String
    let address: String
    let requirement: DatabaseRequirement
    let limit: Duration

    func reports() async -> [CheckReport] {
        let place: PostgresAddress
        do throws(DatabaseError) { place = try PostgresAddress(address) } catch {
            return [
                CheckReport(
                    .failed, "\(name) is no PostgreSQL address that libpq understands.",
                    fix: "Write postgresql://USER:PASSWORD@HOST:PORT/DATABASE, with @ : / # % in the password as %40 "
                        + "%3A %2F %23 %25.")
            ]
        }
        if let trouble = await host(place) { return [trouble] }
        let limit = limit
        let refusal: PostgresRefusal? = await blocking {
            do throws(PostgresRefusal) {
                try PostgresDiagnosis(place).connect(within: limit)
                return nil
            } catch { return error }
        }
        if let refusal { return [PostgresWords.report(refusal, place, variable: name)] }
        return await facts(place)
    }

    /// What is wrong with the host's name, if it is one.
    private func host(_ place: PostgresAddress) async -> CheckReport? {
        guard place.servers.count == 1, let server = place.servers.first, !server.host.hasPrefix("/") else {
            return nil
        }
        switch await HostCheck.resolve(server.host, port: server.port) {
        case .success(let addresses):
            return HostCheck.doubt(server.host, addresses, isDevelopment: requirement.isDevelopment)
        case .failure(let trouble): return trouble.report
        }
    }

    private func facts(_ place: PostgresAddress) async -> [CheckReport] {
        let database = PostgresDatabase(address: place, connections: 1)
        let requirement = requirement
        let found: Result<PostgresFacts, any Error>
        do {
            found = .success(try await database.read { try PostgresFacts.read($0, requirement) })
        } catch {
            found = .failure(error)
        }
        await database.close()
        switch found {
        case .success(let facts): return facts.reports(requirement, place)
        case .failure(let error):
            return [
                CheckReport(
                    .failed, "\(place) lets \(place.user ?? "the service") in and then answers no question: \(error)",
                    fix: "Grant the role CONNECT and USAGE, and SELECT on its tables.")
            ]
        }
    }
}

/// What each refusal means, in a sentence.
enum PostgresWords {
    static func report(_ refusal: PostgresRefusal, _ place: PostgresAddress, variable: String) -> CheckReport {
        let user = place.user ?? "the service's user"
        let database = place.database ?? user
        switch refusal {
        case .invalidAddress(let reason):
            return CheckReport(
                .failed, "\(variable) cannot be used as an address: \(reason).", fix: "Mend the address.")
        case .unreachable(let reason):
            return CheckReport(
                .unreachable, "No PostgreSQL at \(place): \(reason).",
                fix: "Check that the server runs and listens there, and the firewall between.")
        case .timedOut:
            return CheckReport(
                .unreachable, "PostgreSQL at \(place) did not answer in time.",
                fix: "Check the address, and the firewall between.")
        case .wrongPassword:
            return CheckReport(
                .failed, "\(place) refuses the password of \(user).",
                fix: "Put the right password into the source of \(variable), or give the role that one.")
        case .noPassword:
            return CheckReport(
                .failed, "\(place) asks \(user) for a password, and \(variable) has none.",
                fix: "Write it into the address: postgresql://\(user):PASSWORD@…")
        case .userRefused(let reason):
            return CheckReport(
                .failed, "\(place) does not let \(user) in from here: \(reason).",
                fix:
                    "Check that the role exists and may log in, and the server's pg_hba.conf; where it lets only encrypted "
                    + "connections in, add ?sslmode=require.")
        case .unknownDatabase:
            return CheckReport(
                .failed, "The server of \(place) has no database \(database).",
                fix: "CREATE DATABASE \"\(database)\", or name another one in \(variable).")
        case .noTLS(let reason):
            return CheckReport(
                .failed, "\(place) gives no TLS connection, which sslmode asks for: \(reason).",
                fix: "Turn TLS on in the server and check its certificate, or change sslmode in \(variable).")
        case .tooManyConnections(let reason):
            return CheckReport(
                .warned, "\(place) has no connection left: \(reason).",
                fix: "Close some, or raise max_connections; a rollout needs more than it has now.")
        case .notReady(let reason):
            return CheckReport(.unreachable, "\(place) is not ready: \(reason).", fix: "Wait until it is, then again.")
        case .other(let reason):
            return CheckReport(.failed, "\(place) refuses the connection: \(reason).", fix: "Look at the server's log.")
        }
    }
}
