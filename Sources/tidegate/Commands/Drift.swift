import ArgumentParser
import ControlPlane

struct DriftCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "drift", abstract: "What runs otherwise than it is defined.",
        discussion: """
            Stale: it runs otherwise than the files and the secrets' sources say now. Unasked: it runs and nobody defined it.
            Down: it is defined and does not run. Secrets are compared by keyed digests; those that only your shell has are
            sent to the engine, as for a rollout.

            --fix stops what nobody asked for, and rolls the release that runs out again with what is defined now: a whole
            rollout, which replaces the instances of every service, also of those that do not differ. Where nothing is
            stale it starts again what is down. It follows to the end, and ends with the exit codes of a rollout.

            Exit 0 no drift, 4 drift, 3 cannot be compared (the definition is invalid, a source does not answer), 8 a
            rollout is under way. Example: tidegate drift production --fix --reason 'ticket 214'
            """)

    @Argument(help: "The environment; all of them without.") var environment: String?
    @Flag(help: "Make what runs what is defined.") var fix = false
    @OptionGroup var change: ChangeOptions

    func validate() throws {
        if fix, environment == nil { throw ValidationError("Say which environment: tidegate drift ENV --fix") }
    }

    func run() async throws {
        let connection = try await change.options.connect()
        guard let environment else { return try await showAll(connection) }
        let body = try await body(environment, connection)
        let report = try await self.report(environment, body, connection)
        guard fix else {
            try change.options.write(report, text: DriftText.text)
            return try leave([report])
        }
        try await mend(environment, report, body, connection)
    }

    private func showAll(_ connection: Connection) async throws {
        var reports: [DriftReportDocument] = []
        let environments: [EnvironmentDocument] = try await connection.client.get("/api/v1/environments")
        for environment in environments {
            let body = try await body(environment.name, connection)
            reports.append(try await report(environment.name, body, connection))
        }
        try change.options.write(reports) { $0.map(DriftText.text).joined(separator: "\n\n") }
        try leave(reports)
    }

    /// What differs weighs more than what is not known, and that more than a rollout that will end.
    private func leave(_ reports: [DriftReportDocument]) throws {
        for status in [ExitStatus.checkFailed, .unreachable, .lockHeld]
        where reports.contains(where: { $0.exit == status }) {
            throw ExitCode(status.rawValue)
        }
    }

    private func report(
        _ environment: String, _ body: DriftBody, _ connection: Connection
    ) async throws -> DriftReportDocument {
        try await connection.client.post(address(environment), body)
    }

    private func body(_ environment: String, _ connection: Connection) async throws -> DriftBody {
        do {
            return DriftBody(
                secrets: try await connection.carriedSecrets(for: environment), reason: change.reason)
        } catch let refusal as Refusal where refusal.exit == .invalidDefinition {
            // The report says what is wrong; an invalid definition has no secrets that could be brought.
            return DriftBody(secrets: CarriedSecrets(), reason: change.reason)
        }
    }

    private func address(_ environment: String) -> String { "/api/v1/environments/\(pathSegment(environment))/drift" }

    private func mend(
        _ environment: String, _ report: DriftReportDocument, _ body: DriftBody, _ connection: Connection
    ) async throws {
        if report.drift.isEmpty, report.state != "invalid", report.state != "rolling" {
            try change.options.write(report) { DriftText.text($0) + "\nNothing to mend." }
            return try leave([report])
        }
        if change.asks {
            Terminal.line(DriftText.text(report))
            guard Terminal.ask("Make what runs in \(environment) what is defined?") else {
                throw Refusal("declined", "Nothing was done.", exit: .refused)
            }
        }
        let fix: DriftFixDocument = try await connection.client.post(
            "\(address(environment))/fix", body, timeout: .seconds(900))
        guard let rollout = fix.rollout else { return try ended(fix) }
        for line in fix.done where !change.options.json { Terminal.line(line) }
        try await Follower(options: change.options, connection: connection).follow(
            StartedDocument(rollout: rollout), wait: !change.noWait)
    }

    private func ended(_ fix: DriftFixDocument) throws {
        try change.options.write(fix) { $0.done.joined(separator: "\n") }
        guard let failure = fix.failures.first else { return }
        throw Refusal("not_mended", "Not everything could be mended: \(failure)", exit: .checkFailed)
    }
}
