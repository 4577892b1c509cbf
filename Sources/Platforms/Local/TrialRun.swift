import Contract
import FoundationEssentials
import Glibc
import Rollouts
import Secrets

/// One run of an artifact's own check: a short-lived process with exactly the environment that an instance would get. It
/// leaves nothing behind.
package struct TrialRun: Sendable {
    private let paths: LocalPaths
    private let processes = ProcessTable()
    private let keys: InstanceKeys
    private let inherited: [String: String]
    private let newID: @Sendable () -> String

    /// - Parameters:
    ///   - keys: where the environment's keys come from; secrets come with each run.
    ///   - newID: a word that no other run has.
    package init(
        stateDirectory: String, keys: InstanceKeys, inherited: [String: String], newID: @Sendable @escaping () -> String
    ) {
        paths = LocalPaths(state: stateDirectory)
        self.keys = keys
        self.inherited = inherited
        self.newID = newID
    }

    /// - Parameters:
    ///   - secrets: the values, by `SecretScope` key; they need not be sealed yet.
    ///   - limit: after it the process and what it started are killed.
    package func run(
        _ bundle: Bundle, service name: String, secrets: [String: Secret], limit: Duration
    ) async -> TrialOutcome {
        guard let service = bundle.service(name), let arguments = service.artifact.contract.checkArguments else {
            return .passed(log: [])
        }
        let end = ContinuousClock.now + limit
        let folder: String
        do throws(PlatformError) { folder = try Self.makeFolder(name) } catch { return .notStarted(reason: "\(error)") }
        defer { Self.remove(folder) }
        var keys = keys
        keys.secrets = { _ in secrets }
        let specification = InstanceRecord.Specification(
            environment: bundle.environment, release: bundle.release, bundle: bundle.digest, service: service)
        do {
            let variables = try await InstanceVariables(
                specification, id: "check-\(newID())", port: try LoopbackPort.free(), keys: keys, inherited: inherited)
            let log = LogFile(path: "\(folder)/output")
            let launch = paths.launch(
                service.artifact, arguments: arguments, environment: variables.values, log: log.path)
            let ended = await processes.outcome(of: try launch.start(), until: end)
            let lines = log.tail(20).map { variables.redactor.mask($0) }
            switch ended {
            case .exited(0): return .passed(log: lines)
            case .running: return .tookTooLong(log: lines)
            default: return .failed(reason: ended.text, log: lines)
            }
        } catch {
            return .notStarted(reason: "\(error)")
        }
    }

    private static func makeFolder(_ service: String) throws(PlatformError) -> String {
        let place = FileManager.default.temporaryDirectory.path
        var template = Array("\(place)/tidegate-check-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else {
            throw .cannotStart(
                service: service, reason: "no folder can be made in \(place): \(String(cString: strerror(errno)))")
        }
        return String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// What cannot be removed stays in the system's folder for such things, and is the system's to clean.
    private static func remove(_ folder: String) {
        unlink("\(folder)/output")
        rmdir(folder)
    }
}

extension ProcessTable {
    /// Waits for the end of a child of ours.
    /// - Returns: `.running` when the time was up; the process and its group were killed then.
    func outcome(of pid: Int, until end: ContinuousClock.Instant) async -> ProcessEnd {
        let started = entry(pid)?.started ?? -1
        while true {
            let state = self.end(of: pid, started: started)
            guard state == .running else { return state }
            if ContinuousClock.now >= end || Task.isCancelled {
                signal(pid, SIGKILL)
                while self.end(of: pid, started: started) == .running { await uncancelled(.milliseconds(5)) }
                return .running
            }
            await uncancelled(.milliseconds(20))
        }
    }
}
