import Contract
import Glibc
import Rollouts
import Secrets

/// One run of a bundle's migrations: a short-lived process with the service's environment.
struct MigrationRun: Sendable {
    let tools: KeeperTools
    let bundle: Bundle
    let service: BundleService
    let arguments: [String]

    /// Known by its bundle, so that a run which an engine left behind is waited for, not doubled.
    private var id: String { "migrate-\(bundle.environment)-\(bundle.digest.short)" }

    func run(deadline: Duration) async throws(PlatformError) -> MigrationReport {
        let end = ContinuousClock.now + deadline
        let specification = InstanceRecord.Specification(
            environment: bundle.environment, release: bundle.release, bundle: bundle.digest, service: service)
        let variables = try await InstanceVariables(
            specification, id: id, port: nil, keys: tools.keys, inherited: tools.inherited)
        let log = LogFile(path: tools.paths.log(environment: bundle.environment, instance: id))
        func tail(_ lines: Int) -> [String] { variables.redactor.mask(lines: log.tail(lines)) }
        try await waitForEarlier(until: end)
        unlink(log.path)
        let launch = tools.paths.launch(
            service.artifact, arguments: arguments, environment: variables.values, log: log.path)
        let pid: Int
        do { pid = try launch.start() } catch { throw .migrationFailed(reason: error.description, log: []) }
        let outcome = await tools.processes.outcome(of: pid, until: end)
        var scrubber = LogScrubber()
        defer { scrubber.scrub(log.path, variables.redactor) }
        switch outcome {
        case .exited(0): return MigrationReport(output: tail(200).joined(separator: "\n"))
        case .running:
            throw .migrationFailed(
                reason: "The migrations took longer than \(deadline) and were ended.", log: tail(20))
        default:
            let log = tail(20)
            let words = log.last.map { ", and said: \($0)" } ?? "."
            throw .migrationFailed(reason: "The migrations' process \(outcome.text)\(words)", log: log)
        }
    }

    private func waitForEarlier(until end: ContinuousClock.Instant) async throws(PlatformError) {
        while tools.processes.leaders(withVariable: InstanceEnvironment.instance)[id] != nil {
            guard ContinuousClock.now < end else {
                throw .migrationFailed(reason: "An earlier run of these migrations is still under way.", log: [])
            }
            await uncancelled(.milliseconds(100))
        }
    }
}
