import Contract
import FoundationEssentials
import HTTPClient
import Rollouts
import Secrets
import Storage

/// Instances as processes on this host. They outlive the engine: each is on record before it starts, and is found again
/// by the id in its environment.
package actor LocalPlatform: Platform {
    /// How often instances are looked at.
    private static let pace = Duration.milliseconds(100)
    /// A new instance that crashes this often before it is ready for the first time ends `ensure` early.
    private static let hopelessCrashes = 5

    private let tools: KeeperTools
    private let newID: @Sendable (_ service: String) -> String
    private var keepers: [String: InstanceKeeper] = [:]
    private var adopted = false
    /// Changes to what is wanted happen one after the other.
    private let changes = Turnstile()
    /// Nobody sees the instances before all of them were found again.
    private let finding = Turnstile()

    /// - Parameters:
    ///   - stateDirectory: where `artifacts/` is, and `logs/` will be.
    ///   - database: the control plane's, with `InstanceStore.migrator` applied.
    ///   - newID: an instance's id: unique, of letters, digits, `-` and `.`.
    ///   - inherited: variables that every process gets, such as `PATH`, `HOME`, `LANG`.
    ///   - observe: told of starts, ends and changes of readiness.
    package init(
        stateDirectory: String, database: any Database, http: any HTTPSending, keys: InstanceKeys,
        wallClock: any WallClock, newID: @Sendable @escaping (_ service: String) -> String,
        inherited: [String: String], logLimit: Int = 10 << 20,
        observe: @Sendable @escaping (InstanceEvent) -> Void = { _ in }
    ) {
        let processes = ProcessTable()
        tools = KeeperTools(
            store: InstanceStore(database: database), keys: keys,
            probe: HealthProbe(http: http, processes: processes), processes: processes,
            paths: LocalPaths(state: stateDirectory), wallClock: wallClock, inherited: inherited, logLimit: logLimit,
            observe: observe)
        self.newID = newID
    }

    /// Supervises until cancelled: first finds what an earlier engine started, then keeps everything running. The
    /// instances go on when it ends.
    package func run() async throws {
        try await adopt()
        while !Task.isCancelled {
            await tickAll()
            do { try await ContinuousClock().sleep(for: Self.pace) } catch { return }
        }
    }

    package func ensure(
        _ bundle: Bundle, service name: String, count: Int, deadline: Duration
    ) async throws(PlatformError) -> [Instance] {
        guard let service = bundle.service(name) else {
            throw .cannotStart(service: name, reason: "The bundle \(bundle.digest.short) has no service \(name).")
        }
        try await adopt()
        try tools.paths.makeLogs(environment: bundle.environment, service: name)
        await changes.enter()
        // Whoever asked may have given up while a stop of the same bundle went first.
        guard !Task.isCancelled else {
            changes.leave()
            throw .cannotStart(service: name, reason: "nobody waits for it any more")
        }
        let wanted: [InstanceKeeper]
        do {
            wanted = try await settle(bundle, service, count: count)
        } catch {
            changes.leave()
            throw error
        }
        changes.leave()
        return try await waitReady(wanted, service: name, until: .now + deadline)
    }

    package func instances(environment: String) async throws(PlatformError) -> [Instance] {
        try await adopt()
        var found: [Instance] = []
        for keeper in keepers.values {
            let instance = await keeper.snapshot()
            if instance.environment == environment { found.append(instance) }
        }
        return found.sorted { ($0.service, $0.id) < ($1.service, $1.id) }
    }

    package func stop(environment: String, service: String, bundle: Digest) async throws(PlatformError) {
        try await adopt()
        await changes.enter()
        defer { changes.leave() }
        let keepers = await matching(environment: environment, service: service, bundle: bundle)
        try await end(keepers)
    }

    package func stop(environment: String, instances: [String]) async throws(PlatformError) {
        try await adopt()
        await changes.enter()
        defer { changes.leave() }
        var leaving: [InstanceKeeper] = []
        for id in instances {
            guard let keeper = keepers[id], await keeper.record.environment == environment else { continue }
            leaving.append(keeper)
        }
        try await end(leaving)
    }

    package func restart(environment: String, instance: String) async throws(PlatformError) {
        try await adopt()
        guard let keeper = keepers[instance], await keeper.record.environment == environment else {
            throw .unknownInstance(instance)
        }
        try await keeper.restart()
    }

    /// Ends every process and keeps on record that it is wanted, so that the next engine starts them all again. Nothing
    /// else may be asked of the platform afterwards.
    package func rest() async throws(PlatformError) {
        try await adopt()
        let all = Array(keepers.values)
        for keeper in all { await keeper.rest() }
        let ending = InstanceEnding(processes: tools.processes)
        await withTaskGroup(of: Void.self) { group in
            for keeper in all { group.addTask { await ending.end(await keeper.record) } }
        }
        for keeper in all {
            do { try await keeper.rested() } catch { throw .notRecorded(reason: "\(error)") }
        }
    }

    package func logTail(environment: String, instance: String, lines: Int) async throws(PlatformError) -> [String] {
        let record: InstanceRecord?
        do {
            record = try await tools.store.find(instance)
        } catch {
            throw .notRecorded(reason: "\(error)")
        }
        guard let record, record.environment == environment else { throw .unknownInstance(instance) }
        return try await maskedTail(record, lines: lines)
    }

    /// Forgets instances that ended before, and removes their logs.
    /// - Returns: how many.
    package func forget(environment: String, endedBefore: Timestamp) async throws -> Int {
        let ids = try await tools.store.ended(environment: environment, before: endedBefore)
        for id in ids {
            try LogFile(path: tools.paths.log(environment: environment, instance: id)).remove()
            try await tools.store.remove(id)
        }
        return ids.count
    }

    // MARK: Finding again

    /// Once: takes over what the database says should run, and finishes what was to be stopped.
    private func adopt() async throws(PlatformError) {
        guard !adopted else { return }
        await finding.enter()
        defer { finding.leave() }
        guard !adopted else { return }
        let records: [InstanceRecord]
        do {
            records = try await tools.store.living()
        } catch {
            throw .notRecorded(reason: "\(error)")
        }
        let running = tools.processes.leaders(withVariable: InstanceEnvironment.instance)
        var leaving: [InstanceKeeper] = []
        for record in records {
            let keeper = InstanceKeeper(record: cleared(record), tools: tools, now: .now)
            keepers[record.id] = keeper
            if let entry = running[record.id] {
                do { try await keeper.adopt(entry) } catch { throw .notRecorded(reason: "\(error)") }
            }
            if !record.wanted { leaving.append(keeper) }
        }
        adopted = true
        try await end(leaving)
    }

    /// A pid that is of no living process of ours is no pid; `tick` then sees a crash.
    private func cleared(_ record: InstanceRecord) -> InstanceRecord {
        var record = record
        guard let pid = record.pid, let started = record.started else { return record }
        let same = record.boot == tools.processes.bootID() && tools.processes.runs(pid, started: started)
        if !same {
            record.pid = nil
            record.started = nil
            record.restarts += 1
            record.detail = "It ended while no engine was watching; how is unknown."
        }
        return record
    }

    private func tickAll() async {
        let current = Array(keepers.values)
        await withTaskGroup(of: Void.self) { group in
            for keeper in current { group.addTask { await keeper.tick() } }
        }
    }

    // MARK: Counts

    private func matching(environment: String, service: String, bundle: Digest) async -> [InstanceKeeper] {
        var found: [(id: String, keeper: InstanceKeeper)] = []
        for keeper in keepers.values {
            let record = await keeper.record
            guard record.environment == environment, record.service.name == service,
                record.specification.bundle == bundle, record.wanted || record.pid != nil
            else { continue }
            found.append((record.id, keeper))
        }
        return found.sorted { $0.id < $1.id }.map(\.keeper)
    }

    /// Puts missing instances on record and ends superfluous ones.
    private func settle(
        _ bundle: Bundle, _ service: BundleService, count: Int
    ) async throws(PlatformError) -> [InstanceKeeper] {
        var present = await matching(environment: bundle.environment, service: service.name, bundle: bundle.digest)
        if present.count > count {
            try await end(Array(present[count...]))
            present.removeSubrange(count...)
        }
        while present.count < count { present.append(try await create(bundle, service)) }
        return present
    }

    private func create(_ bundle: Bundle, _ service: BundleService) async throws(PlatformError) -> InstanceKeeper {
        let record = InstanceRecord(
            id: newID(service.name),
            specification: .init(
                environment: bundle.environment, release: bundle.release, bundle: bundle.digest, service: service),
            wanted: true, port: try LoopbackPort.free(), restarts: 0, failures: 0, since: tools.wallClock.now)
        do {
            try await tools.store.save(record)
        } catch {
            throw .notRecorded(reason: "\(error)")
        }
        let keeper = InstanceKeeper(record: record, tools: tools, now: .now)
        keepers[record.id] = keeper
        return keeper
    }

    // MARK: Waiting

    private func waitReady(
        _ wanted: [InstanceKeeper], service: String, until end: ContinuousClock.Instant
    ) async throws(PlatformError) -> [Instance] {
        // What crashed before is no verdict on this attempt: whatever made it crash may be over.
        var crashed: [ObjectIdentifier: Int] = [:]
        for keeper in wanted { crashed[ObjectIdentifier(keeper)] = await keeper.crashesUnready }
        while true {
            await withTaskGroup(of: Void.self) { group in
                for keeper in wanted { group.addTask { await keeper.tick() } }
            }
            var unready: InstanceKeeper?
            for keeper in wanted where await !keeper.isReady { unready = keeper }
            guard let laggard = unready else { return await snapshots(wanted) }
            if let fatal = await laggard.fatal { throw .cannotStart(service: service, reason: fatal) }
            let before = crashed[ObjectIdentifier(laggard)] ?? 0
            let hopeless = await laggard.crashesUnready - before >= Self.hopelessCrashes
            if hopeless || ContinuousClock.now >= end || Task.isCancelled {
                throw await notReady(laggard, service: service)
            }
            do {
                try await ContinuousClock().sleep(for: Self.pace)
            } catch {
                throw await notReady(laggard, service: service)
            }
        }
    }

    private func snapshots(_ keepers: [InstanceKeeper]) async -> [Instance] {
        var instances: [Instance] = []
        for keeper in keepers { instances.append(await keeper.snapshot()) }
        return instances
    }

    private func notReady(_ keeper: InstanceKeeper, service: String) async -> PlatformError {
        let record = await keeper.record
        let why = record.detail ?? "it has not answered yet"
        do {
            let log = try await maskedTail(record, lines: 20)
            return .notReady(service: service, reason: "\(record.id): \(why)", log: log)
        } catch {
            return error
        }
    }

    private func maskedTail(_ record: InstanceRecord, lines: Int) async throws(PlatformError) -> [String] {
        let variables = try await InstanceVariables(
            record.specification, id: record.id, port: nil, keys: tools.keys, inherited: [:])
        let path = tools.paths.log(environment: record.environment, instance: record.id)
        return variables.redactor.mask(lines: LogFile(path: path).tail(lines))
    }

    // MARK: Ending

    private func end(_ leaving: [InstanceKeeper]) async throws(PlatformError) {
        for keeper in leaving {
            do { try await keeper.unwant() } catch { throw .notRecorded(reason: "\(error)") }
        }
        let ending = InstanceEnding(processes: tools.processes)
        await withTaskGroup(of: Void.self) { group in
            for keeper in leaving {
                group.addTask { await ending.end(await keeper.record) }
            }
        }
        for keeper in leaving {
            await keeper.scrub()
            let id = await keeper.record.id
            do { try await tools.store.end(id, at: tools.wallClock.now) } catch {
                throw .notRecorded(reason: "\(error)")
            }
            keepers[id] = nil
        }
    }

    // MARK: Migrating

    package func migrate(_ bundle: Bundle, deadline: Duration) async throws(PlatformError) -> MigrationReport {
        guard let name = bundle.migrates, let service = bundle.service(name),
            let migrations = service.artifact.contract.migrations
        else { return MigrationReport(output: "There is nothing to migrate.") }
        try tools.paths.makeLogs(environment: bundle.environment, service: name)
        let run = MigrationRun(tools: tools, bundle: bundle, service: service, arguments: migrations.arguments)
        return try await run.run(deadline: deadline)
    }
}
