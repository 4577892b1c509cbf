import Rollouts

extension Wire: Router {
    func apply(_ split: TrafficSplit) async throws(RouterError) {
        let line = split.arms.map { "\($0.release) \($0.percent) % (\($0.instances.count))" }.joined(separator: ", ")
        let sent = timeline.now
        do {
            try await call("split \(split.service): \(line)") { try self.world.apply(split, sentAt: sent) }
        } catch let error as RouterError {
            throw error
        } catch {
            throw .unreachable(reason: "\(error)")
        }
    }

    func drain(_ split: TrafficSplit, bundle: Digest, deadline: Duration) async throws(RouterError) -> Int {
        let place = Place(service: split.service, bundle: bundle)
        do {
            return try await call("drain \(place)") {
                let weight = self.world.weight(place)
                if weight > 0 { self.timeline.forbid("\(place) was drained with \(weight) % of the traffic") }
                self.world.undrained[place] = nil
                return 0
            }
        } catch {
            throw .unreachable(reason: "\(error)")
        }
    }

    func withdraw(
        _ targets: [TrafficSplit.Target], for split: TrafficSplit, deadline: Duration
    ) async throws(RouterError) -> Int {
        try await apply(split)
        return 0
    }

    func remove(environment: String, service: String) async throws(RouterError) {
        do { try await call("remove \(service)") { self.world.splits[service] = nil } } catch {
            throw .unreachable(reason: "\(error)")
        }
    }

    func observe(environment: String, service: String) async throws(RouterError) -> RouterObservation {
        RouterObservation(epoch: "\(world.epoch)", arms: [])
    }
}

extension World {
    func apply(_ split: TrafficSplit, sentAt: Int64) throws(RouterError) {
        advance()
        if refusals > 0 {
            refusals -= 1
            timeline.note("world", "the router refuses")
            throw .refused(command: "set weight", answer: "no")
        }
        for arm in split.arms {
            let place = Place(service: split.service, bundle: arm.bundle)
            rules.touches(arm.bundle, "split \(place)")
            let group = groups[place]
            if !arm.instances.isEmpty, let group, !isProved(place, group) {
                timeline.forbid("\(place) got traffic without having proved its version")
            }
            let before = weight(place)
            if arm.percent > before, arm.instances.isEmpty {
                timeline.forbid("\(place) got traffic and has no instance")
            }
            if arm.percent > 0 || before > 0 { undrained[place] = timeline.now }
            if arm.percent < before { rules.lowers(place, from: before, to: arm.percent, sentAt: sentAt) }
        }
        let total = split.arms.reduce(0) { $0 + $1.percent }
        if total != 100, total != 0 { timeline.forbid("the arms of \(split.service) add up to \(total)") }
        if total == 0, !(splits[split.service]?.arms ?? []).isEmpty, rules.mustServe(split.service) {
            timeline.forbid("\(split.service) serves nothing any more")
        }
        splits[split.service] = split
    }
}
