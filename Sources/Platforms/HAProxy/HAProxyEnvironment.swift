import FoundationEssentials
import Rollouts

/// One environment's HAProxy and what it should do. Everything that changes it goes through here, one at a time.
actor HAProxyEnvironment {
    private static let pace = Duration.milliseconds(50)

    let process: HAProxyProcess
    let clock: any WallClock
    private let nonce: String
    private let turnstile = Turnstile()
    private(set) var desired = DesiredTraffic()
    private(set) var loaded = false
    /// By the path that an environment names.
    var watches: [String: CertificateWatch] = [:]
    private var reader: RequestLogReader?
    /// What its maps in memory say, by file; a new worker reads the files.
    private var told: [String: TesterMap] = [:]
    /// By service.
    private var tallies: [String: TrafficTally] = [:]

    init(process: HAProxyProcess, clock: any WallClock, nonce: String) {
        self.process = process
        self.clock = clock
        self.nonce = nonce
    }

    // MARK: Changes

    func apply(_ split: TrafficSplit) async throws(RouterError) {
        try await turn { () async throws(RouterError) in
            var next = desired
            let drained = next.services[split.service]?.drained ?? []
            // An arm that was drained stays so until it is given a share again.
            let still = split.arms.filter { $0.percent == 0 && drained.contains($0.bundle) }.map(\.bundle)
            next.services[split.service] = .init(split: split, drained: Set(still))
            try await bring(to: next)
        }
    }

    /// Without any service left there is nothing to listen for, and it ends.
    func remove(_ service: String) async throws(RouterError) {
        try await turn { () async throws(RouterError) in
            guard desired.services[service] != nil else { return }
            var next = desired
            next.services[service] = nil
            tallies[service] = nil
            guard next.services.isEmpty else { return try await bring(to: next) }
            try record(next)
            await process.stop()
        }
    }

    func drain(_ split: TrafficSplit, bundle: Digest, deadline: Duration) async throws(RouterError) -> Int {
        let end = ContinuousClock.now + deadline
        let servers = try await turn { () async throws(RouterError) -> [DesiredTraffic.Server] in
            var next = desired
            var service = next.services[split.service] ?? .init(split: split)
            guard service.split.arms.contains(where: { $0.bundle == bundle }) else { return [] }
            service.drained.insert(bundle)
            next.services[split.service] = service
            let servers = next.servers(split.service).filter { $0.bundle == bundle }
            try await ensureRunning(next)
            try record(next)
            try await tellTesters()
            try await commands(servers.map { "set server \(path(split.service, $0.name)) state drain" })
            return servers
        }
        guard !servers.isEmpty else { return 0 }
        let left = try await waitIdle(split.service, Set(servers.map(\.name)), until: end)
        try await turn { () async throws(RouterError) in
            // Somebody may have given it a share again meanwhile.
            guard desired.services[split.service]?.drained.contains(bundle) == true else { return }
            try await commands(servers.map { "set server \(path(split.service, $0.name)) state maint" })
        }
        return left
    }

    func withdraw(
        _ leaving: [TrafficSplit.Target], for split: TrafficSplit, deadline: Duration
    ) async throws(RouterError) -> Int {
        let end = ContinuousClock.now + deadline
        try await apply(split)
        // Whoever has requests left is still there, and gets no new ones.
        return try await waitIdle(split.service, Set(leaving.map { HAProxyNames.server($0.id) }), until: end)
    }

    func frontends() async throws(RouterError) -> [String] {
        try await turn { () async throws(RouterError) in
            desired.services.values.map(\.split).filter { $0.port != nil }.map(\.service).sorted()
        }
    }

    /// Compares what HAProxy does with what it should do, and mends the difference. Starts it when it is not running.
    func reconcile(ports: [String: Int]) async throws(RouterError) {
        try await turn { () async throws(RouterError) in
            guard !desired.services.isEmpty else { return }
            var next = desired
            for name in next.services.keys {
                next.services[name] = next.services[name].map { service in
                    .init(split: service.split.moved(to: ports), drained: service.drained)
                }
            }
            try await bring(to: next)
        }
    }

    /// Why HAProxy could not listen on these ports besides those that it has: somebody else does.
    func obstacle(ports: [Int]) async -> RouterError? {
        do {
            try await turn { () async throws(RouterError) in
                let held = process.master() == nil ? [] : Set(desired.services.values.compactMap(\.split.port))
                try check(ports: ports, except: held)
            }
            return nil
        } catch {
            return error
        }
    }

    func stop() async {
        await turnstile.enter()
        await process.stop()
        reader?.close()
        reader = nil
        turnstile.leave()
    }

    /// One change at a time, on what is on disk.
    private func turn<T: Sendable>(
        _ body: () async throws(RouterError) -> T
    ) async throws(RouterError) -> T {
        await turnstile.enter()
        defer { turnstile.leave() }
        try load()
        return try await body()
    }

    private func load() throws(RouterError) {
        guard !loaded else { return }
        do {
            try FileManager.default.createDirectory(
                atPath: process.folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
            desired = try DesiredTraffic.read(from: process.desiredPath)
            if reader == nil { reader = RequestLogReader(folder: process.folder) }
            loaded = true
        } catch {
            throw .cannotStart(reason: "The folder \(process.folder) cannot be used: \(error). Mend its permissions.")
        }
    }

    // MARK: Bringing HAProxy there

    private func bring(to next: DesiredTraffic) async throws(RouterError) {
        try stock(next)
        let reloads = try await ensureRunning(next)
        try record(next)
        if reloads { try await reload() }
        if try await serveCertificates() { try await reload() }
        try await mend()
    }

    private func reload() async throws(RouterError) {
        try await process.check()
        try await process.reload()
        try await followLog(fromStart: true)
    }

    /// - Returns: whether the frontends in use are others than `next` asks for, so that a reload is due.
    @discardableResult
    private func ensureRunning(_ next: DesiredTraffic) async throws(RouterError) -> Bool {
        let before = HAProxyConfiguration(desired).frontends
        let after = HAProxyConfiguration(next).frontends
        if process.master() == nil {
            try checkPorts(next, except: [])
            try record(next)
            try await process.check()
            try await process.start()
            try await followLog(fromStart: true)
            return false
        }
        guard before != after else { return false }
        try checkPorts(next, except: Set(desired.services.values.compactMap(\.split.port)))
        return true
    }

    /// Reads the request log of the worker that answers now.
    private func followLog(fromStart: Bool) async throws(RouterError) {
        let worker = try await process.worker()
        do { try reader?.follow(worker: worker, fromStart: fromStart) } catch {
            throw .unreachable(reason: "HAProxy's \(error).")
        }
    }

    private func checkPorts(_ next: DesiredTraffic, except held: Set<Int>) throws(RouterError) {
        try check(ports: next.services.values.compactMap(\.split.port).sorted(), except: held)
    }

    private func check(ports: [Int], except held: Set<Int>) throws(RouterError) {
        for port in ports where !held.contains(port) {
            guard process.processes.isListening(port: port) else { continue }
            let holder = process.processes.holder(ofPort: port)
            throw .portTaken(port: port, holder: holder.map { "\($0.name) (process \($0.pid))" })
        }
    }

    /// Writes down what should be, before it is made so.
    private func record(_ next: DesiredTraffic) throws(RouterError) {
        do {
            for map in next.testerMaps {
                try Data(map.text.utf8).write(to: URL(filePath: "\(process.folder)/\(map.file)"), options: .atomic)
            }
            let text = HAProxyConfiguration(next).text
            try Data(text.utf8).write(to: URL(filePath: process.configurationPath), options: .atomic)
            try next.write(to: process.desiredPath)
        } catch {
            throw .cannotStart(reason: "\(process.folder) cannot be written: \(error). Free space or mend permissions.")
        }
        desired = next
    }

    /// Makes the running servers those that are desired.
    private func mend() async throws(RouterError) {
        for service in desired.services.keys.sorted() {
            let backend = HAProxyNames.backend(service)
            let present = ServerState.parse(try await process.ask("show servers state \(backend)"))
            let changes = ServerChanges(backend: backend, wanted: desired.servers(service), present: present)
            try await commands(changes.first)
            try await commands(changes.then)
            for name in changes.remove { try await remove(name, service: service) }
        }
        try await tellTesters()
    }

    /// Makes the maps in memory those that are written, after a change of them.
    private func tellTesters() async throws(RouterError) {
        for map in desired.testerMaps where told[map.file] != map {
            try await commands(map.commands)
            told[map.file] = map
        }
    }

    private func remove(_ name: String, service: String) async throws(RouterError) {
        let backend = HAProxyNames.backend(service)
        let end = ContinuousClock.now + .seconds(10)
        let counted = ServerStatistics.parse(try await process.ask("show stat"))[backend]?.first { $0.name == name }
        while true {
            let command = "del server \(backend)/\(name)"
            let answer = try await process.ask("set server \(backend)/\(name) state maint;\(command)")
            if answer.contains("Server deleted") || answer.contains("No such server") { break }
            if ContinuousClock.now >= end {
                // It gets no requests, and the file no longer names it: the next change tries again.
                return
            }
            await uncancelled(Self.pace)
        }
        if let counted { tallies[service, default: TrafficTally()].removed(counted) }
    }

    /// Runs commands that answer with nothing, or with a note of success, when they succeed.
    private func commands(_ list: [String]) async throws(RouterError) {
        guard !list.isEmpty else { return }
        let answer = try await process.ask(list.joined(separator: ";"))
        for line in answer.split(separator: "\n") where !line.hasPrefix("New server registered") {
            let text = line.trimmingPrefix { $0.isWhitespace }
            // A change of address is answered with a description of the change.
            if text.isEmpty || text.contains("changed from") || text.hasPrefix("no need to change") { continue }
            throw .refused(command: list.joined(separator: "; "), answer: String(text))
        }
    }

    private func path(_ service: String, _ server: String) -> String { "\(HAProxyNames.backend(service))/\(server)" }

    private func waitIdle(
        _ service: String, _ names: Set<String>, until end: ContinuousClock.Instant
    ) async throws(RouterError) -> Int {
        var quiet = 0
        while true {
            let all = ServerStatistics.parse(try await process.ask("show stat"))[HAProxyNames.backend(service)] ?? []
            let busy = all.filter { names.contains($0.name) }.reduce(0) { $0 + $1.inFlight }
            let old = try await process.oldWorkers()
            // Twice in a row, since a request may be between its server's choice and its count.
            quiet = busy + old == 0 ? quiet + 1 : 0
            if quiet == 2 { return 0 }
            if ContinuousClock.now >= end { return busy }
            await uncancelled(Self.pace)
        }
    }

    // MARK: Observing

    func observe(service: String) async throws(RouterError) -> RouterObservation {
        try await turn { () async throws(RouterError) in
            guard let wanted = desired.services[service] else { throw .unknownService(service) }
            let backend = HAProxyNames.backend(service)
            try await followLog(fromStart: false)
            let worker = try await process.worker()
            let statistics = ServerStatistics.parse(try await process.ask("show stat"))[backend] ?? []
            let counts = reader?.counts(worker: worker, backend: backend) ?? [:]
            let name = "\(worker)-\(process.processes.entry(worker)?.started ?? 0)-\(nonce)"
            return tallies[service, default: TrafficTally()].observation(
                .init(
                    service: wanted, servers: desired.servers(service), statistics: statistics, counts: counts,
                    reading: reader?.isConnected ?? false,
                    tellsClientsApart: reader?.tellsClientsApart(backend: backend) ?? false, worker: name))
        }
    }
}
