import Contract
import Rollouts

extension Wire: Platform {
    func ensure(
        _ bundle: Bundle, service: String, count: Int, deadline: Duration
    ) async throws(PlatformError) -> [Instance] {
        let place = Place(service: service, bundle: bundle.digest)
        let end = timeline.now + deadline.microseconds
        do {
            try await call("ensure \(count) of \(place)") {
                try self.world.ensure(place, bundle, count)
                self.known[place] = min(self.known[place] ?? .max, self.timeline.now + 1_500_000)
            }
            while true {
                let ready = world.instances(isKnown).filter {
                    $0.service == service && $0.bundle == bundle.digest && $0.ready
                }
                if ready.count >= count { return ready }
                guard timeline.now < end else {
                    throw PlatformError.notReady(service: service, reason: "not ready", log: ["boom"])
                }
                try await timeline.sleep(500_000)
                try await incarnation.exist()
            }
        } catch let error as PlatformError {
            throw error
        } catch {
            throw .cannotStart(service: service, reason: "\(error)")
        }
    }

    func instances(environment: String) async throws(PlatformError) -> [Instance] {
        await timeline.travel(fates.latency() / 40)
        do { try await incarnation.exist() } catch { throw .notRecorded(reason: "the run is over") }
        return world.instances(isKnown)
    }

    func stop(environment: String, service: String, bundle: Digest) async throws(PlatformError) {
        let place = Place(service: service, bundle: bundle)
        do { try await call("stop \(place)") { self.world.stop(place) } } catch {
            throw .cannotStart(service: service, reason: "\(error)")
        }
    }

    func stop(environment: String, instances: [String]) async throws(PlatformError) {
        do {
            try await call("stop \(instances.joined(separator: ", "))") { self.world.stop(instances) }
        } catch { throw .cannotStart(service: instances.joined(separator: ", "), reason: "\(error)") }
    }

    func restart(environment: String, instance: String) async throws(PlatformError) {}

    func migrate(_ bundle: Bundle, deadline: Duration) async throws(PlatformError) -> MigrationReport {
        await timeline.travel(1_000_000)
        do { try await incarnation.exist() } catch { throw .notRecorded(reason: "the run is over") }
        world.rules.touches(bundle.digest, "migrate")
        timeline.note(incarnation.name, "migrate \(bundle.release)")
        if world.fault(bundle) == .migration { throw .migrationFailed(reason: "a table is missing", log: ["boom"]) }
        return MigrationReport(output: "")
    }

    func logTail(environment: String, instance: String, lines: Int) async throws(PlatformError) -> [String] { [] }
}

extension World {
    /// From now on so many instances run.
    func ensure(_ place: Place, _ bundle: Bundle, _ count: Int) throws(PlatformError) {
        rules.touches(place.bundle, "ensure \(place)")
        if startFailures > 0, groups[place] == nil {
            startFailures -= 1
            timeline.note("world", "cannot start \(place)")
            throw .cannotStart(service: place.service, reason: "no room")
        }
        let readyAt = timeline.now + weather.startSeconds * 1_000_000
        var group = groups[place] ?? Group(bundle: bundle, copies: [], isKept: true)
        group.isKept = true
        while group.copies.count < count {
            let number = (group.copies.map(\.number).max() ?? -1) + 1
            group.copies.append(Copy(number: number, readyAt: readyAt))
        }
        let others = groups.filter { $0.key.service == place.service && $0.key.bundle != place.bundle }
        rules.runs(place, group.copies.count, beside: others.mapValues(\.copies.count))
        groups[place] = group
        revive(place)
    }

    func stop(_ instances: [String]) {
        for (place, group) in groups {
            let left = group.copies.filter { !instances.contains("\(place)/\($0.number)") }
            guard left.count < group.copies.count else { continue }
            let targets = splits[place.service]?.arms.flatMap(\.instances).map(\.id) ?? []
            for id in instances where targets.contains(id) { timeline.forbid("\(id) was stopped, and has work") }
            if left.isEmpty, weight(place) > 0 { timeline.forbid("all of \(place) were stopped with traffic") }
            groups[place]?.copies = left
        }
    }

    func stop(_ place: Place) {
        timeline.note("world", "\(place) is stopped")
        if weight(place) > 0 { timeline.forbid("\(place) was stopped with \(weight(place)) % of the traffic") }
        // What has had no work for longer than a drain may take has nothing to let end.
        let limit = Int64(contract(place.service).drainSeconds) * 1_000_000
        if let last = undrained[place], timeline.now - last < limit {
            timeline.forbid("\(place) was stopped, and nobody let its requests end")
        }
        rules.stops(place)
        groups[place] = nil
    }
}
