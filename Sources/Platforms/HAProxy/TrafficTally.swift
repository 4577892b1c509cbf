import Analysis
import Rollouts

/// Turns what HAProxy counted into observations whose counters only grow. An epoch begins at the first look at a
/// backend, and anew when the worker changes or the log has lost lines: then statistics and log are taken as they
/// stand, and only what comes later counts.
struct TrafficTally: Sendable {
    struct Input {
        var service: DesiredTraffic.Service
        var servers: [DesiredTraffic.Server]
        var statistics: [ServerStatistics]
        var counts: [String: RequestCounts]
        /// Whether the log arrives.
        var reading: Bool
        /// Whether clients are told apart.
        var tellsClientsApart = false
        /// Changes with the worker.
        var worker: String
    }

    private var worker = ""
    private var generation = 0
    private var begun = false
    private var statisticsBefore: [String: ServerStatistics] = [:]
    private var countsBefore: [String: RequestCounts] = [:]
    /// Servers that are gone, by name: an instance may come back under its name, and then counts from 0.
    private var gone: [String: ServerStatistics] = [:]
    private var last: [Digest: RouterObservation.Arm] = [:]

    /// The server is no more; what it had counted stays its bundle's.
    mutating func removed(_ statistics: ServerStatistics) {
        gone[statistics.name] = gone[statistics.name].map { $0 + statistics } ?? statistics
    }

    mutating func observation(_ input: Input) -> RouterObservation {
        if worker != input.worker {
            if begun { gone = [:] }
            worker = input.worker
            forget()
        }
        let epoch = "\(worker)-\(generation)"
        let totals = totals(input)
        guard input.reading else {
            let arms = input.service.split.arms.map { arm($0, input, ServerStatistics(name: ""), RequestCounts()) }
            return RouterObservation(epoch: epoch, arms: arms, broken: "HAProxy's request log does not arrive.")
        }
        if !begun { begin(totals, input) }
        var broken: String?
        let arms = input.service.split.arms.map { arm in
            let names = input.servers.filter { $0.bundle == arm.bundle }.map(\.name)
            let (counted, logged) = sums(names, totals, input)
            let inFlight = input.statistics.filter { names.contains($0.name) }.reduce(0) { $0 + $1.inFlight }
            broken = broken ?? Self.disagreement(counted, logged, inFlight: inFlight)
            return grown(self.arm(arm, input, counted, logged))
        }
        if broken != nil { forget() }
        return RouterObservation(epoch: epoch, arms: arms, broken: broken)
    }

    private mutating func forget() {
        generation += 1
        begun = false
        last = [:]
    }

    private mutating func begin(_ totals: [String: ServerStatistics], _ input: Input) {
        begun = true
        statisticsBefore = totals
        countsBefore = input.counts
    }

    private func totals(_ input: Input) -> [String: ServerStatistics] {
        let now = Dictionary(input.statistics.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        return now.merging(gone) { $0 + $1 }
    }

    private func sums(
        _ names: [String], _ totals: [String: ServerStatistics], _ input: Input
    ) -> (ServerStatistics, RequestCounts) {
        var counted = ServerStatistics(name: "")
        var logged = RequestCounts()
        for name in names {
            if let now = totals[name] {
                counted = counted + now.since(statisticsBefore[name] ?? ServerStatistics(name: name))
            }
            if let now = input.counts[name] { logged = logged + now.since(countsBefore[name] ?? RequestCounts()) }
        }
        return (counted, logged)
    }

    private func arm(
        _ arm: TrafficSplit.Arm, _ input: Input, _ counted: ServerStatistics, _ logged: RequestCounts
    ) -> RouterObservation.Arm {
        let names = Set(input.servers.filter { $0.bundle == arm.bundle }.map(\.name))
        let inFlight = input.statistics.filter { names.contains($0.name) }.reduce(0) { $0 + $1.inFlight }
        let drained = input.service.drained.contains(arm.bundle)
        return RouterObservation.Arm(
            bundle: arm.bundle, requests: max(0, counted.requests - logged.smokeAnswered),
            errors: max(0, counted.errors - logged.smoke5xx), inFlight: inFlight, latency: logged.buckets,
            percent: drained ? 0 : arm.percent,
            clients: input.tellsClientsApart
                ? ArmCount(requests: logged.clients, errors: logged.failedClients) : nil)
    }

    /// A smoke request counts as a request until its line arrives, so a difference may shrink for a moment.
    private mutating func grown(_ arm: RouterObservation.Arm) -> RouterObservation.Arm {
        var arm = arm
        if let last = last[arm.bundle] {
            arm.requests = max(arm.requests, last.requests)
            arm.errors = max(arm.errors, last.errors)
        }
        last[arm.bundle] = arm
        return arm
    }

    /// A line comes when its answer has ended, so lines lag behind answers by what is in flight; a few more for what
    /// is on its way, and one in a hundred for answers that break off.
    private static func disagreement(
        _ counted: ServerStatistics, _ logged: RequestCounts, inFlight: Int
    ) -> String? {
        let difference = abs(counted.answers - logged.answered)
        let allowed = Int64(inFlight) + 20 + counted.answers / 100
        guard difference > allowed else { return nil }
        return "HAProxy counted \(counted.answers) answers, and its log has \(logged.answered)."
    }
}
