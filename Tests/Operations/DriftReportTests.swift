import Definitions
import Foundation
import HTTPClient
import Operations
import Rollouts
import Secrets
import Storage
import Subprocess
import Synchronization
import TestSupport
import Testing

private let start = Timestamp(microseconds: 1_700_000_000_000_000)

private func finding(_ service: String?, _ name: String, _ effect: DriftFinding.Effect = .restart) -> DriftFinding {
    DriftFinding(.stale, service: service, .variable, name: name, effect: effect, message: "runs 1, defined is 2")
}

@Suite(.timeLimit(.minutes(1))) struct `A drift report` {
    private func report(
        _ findings: [DriftFinding], state: DriftReport.State = .compared, unknown: [DriftReport.Unknown] = [],
        notChecked: [String] = []
    ) -> DriftReport {
        DriftReport(
            environment: "dev", release: "v1", runningSince: start, state: state,
            items: findings.map { .init(finding: $0, since: start) }, unknown: unknown, notChecked: notChecked)
    }

    @Test func `says in one line who has to be restarted for what`() {
        let report = report([finding("api", "X"), finding("worker", "X")])
        #expect(report.verdict == "restart required: api, worker run X as of 2023-11-14 22:13Z")
        #expect(report.word == "drift")
    }

    @Test func `tells what needs a rollout only, what is down and what nobody asked for`() {
        let down = DriftFinding(
            .down, service: "worker", .instance, name: "instances", effect: .repair, message: "1 of 2 are ready")
        let stray = DriftFinding(
            .unasked, service: "old", instance: "old-1", .instance, name: "old-1", effect: .repair, message: "runs")
        let verdict = report([finding("api", "replicas", .rollout), stray, down]).verdict
        #expect(
            verdict
                == "rollout required: api runs replicas as of 2023-11-14 22:13Z; not asked for: old; down: worker")
    }

    @Test func `never calls no drift what could not be compared or asked for`() {
        #expect(report([]).word == "none")
        #expect(report([]).verdict == "no drift")
        #expect(report([], state: .invalid(reason: "line 3")).word == "invalid")
        #expect(report([], state: .invalid(reason: "line 3")).verdict == "cannot be compared: line 3")
        let unknown = report([], unknown: [.init(key: "secret X", reason: "vault is sealed")])
        #expect(unknown.word == "unknown" && unknown.verdict == "unknown: secret X" && !unknown.isComplete)
        #expect(report([], notChecked: ["X"]).verdict == "no drift in what can be checked here")
    }
}

@Suite(.timeLimit(.minutes(1))) struct `The drift alert` {
    private func facts(_ drift: AlertFacts.Drift?) -> AlertFacts { AlertFacts(environment: "dev", drift: drift) }

    @Test func `fires after the grace, names what differs, and has a runbook and a command`() throws {
        #expect(firingAlerts(facts(.init(verdict: "X", isLasting: false)), at: start).isEmpty)
        let alert = try #require(
            firingAlerts(facts(.init(verdict: "restart required: api runs X", isLasting: true)), at: start).first)
        #expect(alert.name == "ConfigurationDrift" && alert.severity == "warning")
        #expect(alert.summary.contains("restart required: api runs X"))
        #expect(alert.action == "tidegate drift dev --fix" && alert.runbook == "runbooks/configuration-drift.md")
    }

    @Test func `stays as it is while drift is unknown, tells what grew without another notification, and then ends`()
        async throws
    {
        let folder = try TemporaryFolder()
        let database = try Databases.open(address: "sqlite:\(folder.file("a.sqlite"))")
        try await AlertStore.migrator.migrate(database, now: 0)
        let store = AlertStore(database: database)
        func settle(_ drift: AlertFacts.Drift?) async throws -> Int {
            try await store.step("dev", AlertBench().input(facts(drift), at: start), now: start).count
        }
        #expect(try await settle(.init(verdict: "api runs X", isLasting: true)) == 1)
        #expect(try await settle(.init(verdict: "api runs X, Y", isLasting: true)) == 0)
        #expect(try await store.firing().first?.summary.contains("X, Y") == true)
        #expect(try await settle(nil) == 0)
        #expect(try await store.firing().count == 1)
        #expect(try await settle(.init(verdict: nil, isLasting: false)) == 1)
        #expect(try await store.firing().isEmpty)
        await database.close()
    }
}

@Suite(.timeLimit(.minutes(1))) struct `The drift record` {
    @Test func `keeps the first moment over restarts, and forgets only what was looked for and is gone`() async throws {
        let folder = try TemporaryFolder()
        let address = "sqlite:\(folder.file("d.sqlite"))"
        var database = try Databases.open(address: address)
        try await DriftRecord.migrator.migrate(database, now: 0)
        var record = DriftRecord(database: database)
        let later = start + .seconds(60)
        #expect(try await record.settle(environment: "dev", seen: ["a": start], isComplete: true) == ["a": start])
        await database.close()
        database = try Databases.open(address: address)
        record = DriftRecord(database: database)
        let both = try await record.settle(environment: "dev", seen: ["a": later, "b": later], isComplete: true)
        #expect(both == ["a": start, "b": later])
        #expect(try await record.settle(environment: "dev", seen: [:], isComplete: false) == both)
        #expect(try await record.settle(environment: "dev", seen: ["b": later], isComplete: true) == ["b": later])
        #expect(try await record.settle(environment: "staging", seen: [:], isComplete: true) == [:])
        #expect(try await record.since(environment: "dev") == ["b": later])
        await database.close()
    }
}

@Suite(.timeLimit(.minutes(1))) struct `A line's history` {
    private func git(_ folder: TemporaryFolder, _ arguments: String...) async throws {
        let result = try await run(
            .name("git"),
            arguments: Arguments(
                ["-C", folder.path, "-c", "user.name=Ada", "-c", "user.email=ada@localhost"] + arguments),
            output: .discarded, error: .discarded)
        try #require(result.terminationStatus.isSuccess, "git \(arguments)")
    }

    private func place(_ line: Int) -> Place { Place(file: "environments/dev.yaml", line: line, column: 1) }

    @Test func `is its commit, or that it is not committed, or nothing outside of a checkout`() async throws {
        let folder = try TemporaryFolder()
        try folder.write("environments/dev.yaml", "a: 1\nb: 1\nc: 1\n")
        let history = LineHistory(project: folder.path)
        #expect(await history.history(of: place(1), now: start) == .unknown)

        try await git(folder, "init", "-q")
        try await git(folder, "add", ".")
        try await git(folder, "commit", "-q", "-m", "Begin")
        let fresh = LineHistory(project: folder.path)
        guard case .commit(let commit) = await fresh.history(of: place(1), now: start) else {
            return #expect(Bool(false), "no commit")
        }
        #expect(commit.author == "Ada" && commit.subject == "Begin" && commit.id.count == 40)

        try folder.write("environments/dev.yaml", "a: 1\nb: 2\n")
        #expect(await fresh.history(of: place(2), now: start + .seconds(60)) == .uncommitted)
        #expect(await fresh.removal(of: "c: 1", from: "environments/dev.yaml", now: start) == .uncommitted)
        try await git(folder, "commit", "-q", "-a", "-m", "Raise b, drop c")
        guard case .commit(let raised) = await fresh.history(of: place(2), now: start + .seconds(120)),
            case .commit(let dropped) = await fresh.removal(
                of: "c: 1", from: "environments/dev.yaml", now: start + .seconds(120))
        else { return #expect(Bool(false), "no commit") }
        #expect(raised.subject == "Raise b, drop c" && dropped.id == raised.id)
        try folder.write("environments/new.yaml", "a: 1\n")
        let new = Place(file: "environments/new.yaml", line: 1, column: 1)
        #expect(await fresh.history(of: new, now: start) == .uncommitted)
    }
}
