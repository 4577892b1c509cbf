import Contract
import Definitions
import Rollouts
import Secrets

/// What a keeper tells whoever watches: observations, not decisions.
package enum InstanceEvent: Sendable, Equatable {
    case started(instance: String, pid: Int)
    /// It was found running when the engine started.
    case adopted(instance: String, pid: Int)
    case ended(instance: String, how: String)
    case becameReady(instance: String)
    case becameUnready(instance: String, reason: String)
}

/// What all keepers of a platform share.
struct KeeperTools: Sendable {
    var store: InstanceStore
    var keys: InstanceKeys
    var probe: HealthProbe
    var processes: ProcessTable
    var paths: LocalPaths
    var wallClock: any WallClock
    var inherited: [String: String]
    var logLimit: Int
    var observe: @Sendable (InstanceEvent) -> Void
}

/// Keeps one instance running: starts it, probes it, starts it again when it ends. Its `tick` does what is due, and is
/// called again and again by the platform.
actor InstanceKeeper {
    private(set) var record: InstanceRecord
    private let tools: KeeperTools
    private var health: InstanceHealth
    private var proof = Instance.Proof.none
    private var configDigest: String?
    private var redactor: Redactor?
    private var scrubber = LogScrubber()
    private var startAt: ContinuousClock.Instant
    private var startedAt: ContinuousClock.Instant
    private var probeAt: ContinuousClock.Instant
    private var livenessAt: ContinuousClock.Instant
    private var portAttempts = 0
    /// The last failure that a further attempt does not mend, such as a missing executable.
    private(set) var fatal: String?
    private var busy = false
    private var resting = false

    init(record: InstanceRecord, tools: KeeperTools, now: ContinuousClock.Instant) {
        self.record = record
        self.tools = tools
        health = InstanceHealth(failures: record.failures)
        (startAt, startedAt, probeAt, livenessAt) = (now, now, now, now)
    }

    /// A process that an earlier engine started is this instance.
    func adopt(_ entry: ProcessTable.Entry) async throws {
        let known = record.pid == entry.pid && record.started == entry.started
        record.pid = entry.pid
        record.started = entry.started
        record.boot = tools.processes.bootID()
        if !known { try await tools.store.save(record) }
        tools.observe(.adopted(instance: record.id, pid: entry.pid))
    }

    /// Does what is due. A second call while one is under way does nothing.
    func tick() async {
        guard !busy, !resting, record.wanted else { return }
        busy = true
        defer { busy = false }
        let now = ContinuousClock.now
        do {
            await scrub()
            if record.pid == nil {
                if now >= startAt { try await start() }
                return
            }
            if try await noticeEnd() { return }
            if now >= livenessAt { try await probeLiveness() }
            if now >= probeAt, record.wanted { try await probeReadiness() }
        } catch let error as PlatformError {
            report(error)
        } catch {
            report(.notRecorded(reason: "\(error)"))
        }
    }

    /// From now on `tick` does nothing, and the record says that the end is wanted.
    func unwant() async throws {
        record.wanted = false
        try await tools.store.save(record)
    }

    /// From now on `tick` does nothing, and the record still says that the instance is wanted.
    func rest() { resting = true }

    /// Ends its process, and lets the next `tick` start it again: what went before counts no more.
    func restart() async throws(PlatformError) {
        guard record.wanted, !resting else { return }
        let pid = record.pid
        if pid != nil { await InstanceEnding(processes: tools.processes).end(record) }
        // A tick may have seen its end first, and started it again already.
        guard record.wanted, record.pid == pid || record.pid == nil else { return }
        record.pid = nil
        record.started = nil
        record.failures = 0
        record.detail = "It is being started again, because somebody asked for it."
        health = InstanceHealth()
        proof = .none
        startAt = .now
        try await save()
    }

    /// Its process is gone because it was to rest: the next engine starts it, and counts no crash.
    func rested() async throws {
        record.pid = nil
        record.started = nil
        record.failures = 0
        record.detail = "It was stopped with the control plane."
        try await tools.store.save(record)
    }

    var isReady: Bool { record.pid != nil && health.ready && proof == .reported }
    var crashesUnready: Int { health.crashesUnready }

    func snapshot() -> Instance {
        let alive = record.pid.map { pid in
            record.started.map { tools.processes.runs(pid, started: $0) } ?? false
        }
        return Instance(
            id: record.id, environment: record.environment, service: record.service.name,
            release: record.specification.release, bundle: record.specification.bundle, pid: record.pid,
            port: record.port, alive: alive ?? false, ready: isReady && alive == true, proof: proof,
            configDigest: configDigest, restarts: record.restarts, healthFailures: health.failures,
            detail: record.detail, since: record.since)
    }

    // MARK: Starting

    private func start() async throws {
        // The process may already run: an engine may have died between its start and its record.
        if let entry = tools.processes.leaders(withVariable: InstanceEnvironment.instance)[record.id] {
            return try await adopt(entry)
        }
        let variables = try await InstanceVariables(
            record.specification, id: record.id, port: record.port, keys: tools.keys, inherited: tools.inherited)
        redactor = variables.redactor
        record.since = tools.wallClock.now
        try await save()
        // Whoever stops it looks for a process only once: none may come into being after that.
        guard record.wanted, !resting else { return }
        let launch = tools.paths.launch(record.service.artifact, environment: variables.values, log: logPath)
        let pid: Int
        do {
            pid = try launch.start()
        } catch {
            fatal = error.description
            throw PlatformError.cannotStart(service: record.service.name, reason: error.description)
        }
        fatal = nil
        record.pid = pid
        record.started = tools.processes.entry(pid)?.started
        record.boot = tools.processes.bootID()
        let now = ContinuousClock.now
        (startedAt, probeAt) = (now, now)
        livenessAt = now + startBudget
        proof = .none
        tools.observe(.started(instance: record.id, pid: pid))
        try await save()
    }

    /// - Returns: whether the process is gone.
    private func noticeEnd() async throws -> Bool {
        guard let pid = record.pid else { return true }
        let end = tools.processes.end(of: pid, started: record.started ?? -1)
        guard end != .running else { return false }
        try await ended(end)
        return true
    }

    private func ended(_ end: ProcessEnd) async throws {
        let now = ContinuousClock.now
        await scrub()
        // What to mask is not known when the seal is gone: then nothing is quoted.
        let tail = redactor?.mask(lines: LogFile(path: logPath).tail(5)) ?? []
        record.pid = nil
        record.started = nil
        record.restarts += 1
        record.detail = tail.last.map { "It \(end.text). Its last line: \($0)" } ?? "It \(end.text)."
        proof = .none
        let wait = health.crashed(at: now)
        record.failures = health.failures
        if portAttempts < 5, Self.meansPortInUse(end, tail) {
            portAttempts += 1
            record.port = try LoopbackPort.free()
            startAt = now
        } else {
            portAttempts = 0
            startAt = now + wait
        }
        tools.observe(.ended(instance: record.id, how: end.text))
        try await save()
    }

    private static func meansPortInUse(_ end: ProcessEnd, _ tail: [String]) -> Bool {
        if end == .exited(98) { return true }
        return tail.contains { line in
            let line = line.lowercased()
            return line.contains("address already in use") || line.contains("address in use")
                || line.contains("eaddrinuse")
        }
    }

    // MARK: Probing

    private var startBudget: Duration {
        record.service.health.start ?? .seconds(record.service.artifact.contract.startBudgetSeconds)
    }

    private func probeReadiness() async throws {
        guard let pid = record.pid else { return }
        let wasReady = health.ready
        let counts = wasReady || ContinuousClock.now - startedAt > startBudget
        let answer = await tools.probe.readiness(
            record.specification, pid: pid, port: record.port, folder: tools.paths.artifact(record.service.artifact))
        guard record.wanted, record.pid == pid else { return }
        // Quickly until it is ready for the first time, then at the pace that was asked for.
        let pace = counts ? record.service.health.every : min(.milliseconds(200), record.service.health.every)
        let now = ContinuousClock.now
        switch answer {
        case .ready(let proof, let digest):
            health.passed(at: now, counts: wasReady)
            (self.proof, configDigest) = (proof, digest)
            probeAt = now + record.service.health.every
            if !wasReady { try await becameReady() }
        case .unready(let reason, let proof, let digest):
            health.failed(counts: counts)
            (self.proof, configDigest) = (proof, digest)
            probeAt = now + pace
            try await becameUnready(masked(reason), changed: wasReady)
        }
        record.failures = health.failures
        await scrub()
        guard try LogFile(path: logPath).rotate(limit: tools.logLimit), let redactor else { return }
        // What was written between both.
        var rotated = LogScrubber()
        rotated.scrub(logPath + ".1", redactor)
    }

    private func becameReady() async throws {
        record.detail = nil
        portAttempts = 0
        tools.observe(.becameReady(instance: record.id))
        try await save()
    }

    private func becameUnready(_ reason: String, changed: Bool) async throws {
        let known = record.detail == reason
        record.detail = reason
        if changed { tools.observe(.becameUnready(instance: record.id, reason: reason)) }
        if changed || !known { try await save() }
    }

    private func probeLiveness() async throws {
        guard let pid = record.pid else { return }
        let live = await tools.probe.isLive(record.service, port: record.port)
        guard record.wanted, record.pid == pid else { return }
        livenessAt = ContinuousClock.now + record.service.health.every
        guard health.liveness(live) else { return }
        record.detail = "It did not answer \(InstanceHealth.deadProbes) liveness probes in a row, so it is restarted."
        tools.processes.signal(pid, 9)
    }

    // MARK: Text and records

    var logPath: String { tools.paths.log(environment: record.environment, instance: record.id) }

    /// Takes secrets out of what the instance has written since the last time.
    func scrub() async {
        // Who never wrote anything has nothing to hide, and its secrets are not waited for.
        guard LogFile(path: logPath).exists else { return }
        if redactor == nil {
            do {
                redactor = try await InstanceVariables(
                    record.specification, id: record.id, port: nil, keys: tools.keys, inherited: [:]
                ).redactor
            } catch {
                // Without its seal the instance goes on as it runs, and cannot be started again: `start` says so.
                return
            }
        }
        if let redactor { scrubber.scrub(logPath, redactor) }
    }

    private func masked(_ text: String) -> String { redactor.map { $0.mask(text) } ?? text }

    private func save() async throws(PlatformError) {
        do {
            try await tools.store.save(record)
        } catch {
            throw PlatformError.notRecorded(reason: "\(error)")
        }
    }

    /// What could not be done is done again a little later; the reason is what people see meanwhile.
    private func report(_ error: PlatformError) {
        switch error {
        case .cannotStart(_, let reason), .sealUnavailable(_, let reason), .notRecorded(let reason):
            record.detail = masked(reason)
        default: record.detail = masked("\(error)")
        }
        if record.pid == nil { startAt = ContinuousClock.now + .seconds(1) }
    }
}
