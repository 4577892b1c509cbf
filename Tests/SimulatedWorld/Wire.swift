import Definitions
import Rollouts
import Secrets
import TestSupport

/// How one engine reaches the world: calls take time, answers get lost, and what was sent arrives even when the sender is
/// no more.
// Only the thread that runs the simulation ever touches it.
final class Wire: @unchecked Sendable {
    enum Loss: Error { case answer }

    let world: World
    let incarnation: Incarnation
    let clock: SimulatedClock
    let fates: Fates
    /// Since when this engine has probed a group's instances.
    var known: [Place: Int64] = [:]

    init(_ world: World, _ incarnation: Incarnation, _ clock: SimulatedClock, _ fates: Fates) {
        self.world = world
        self.incarnation = incarnation
        self.clock = clock
        self.fates = fates
    }

    var timeline: Timeline { world.timeline }

    func isKnown(_ place: Place) -> Bool {
        world.weather.isSupervisedElsewhere || (known[place].map { $0 <= timeline.now } ?? false)
    }

    /// Does something in the world, with all that can happen to a call.
    /// - Throws: `Loss.answer`, `CancellationError`, and what the effect throws.
    func call<T>(_ what: String, _ effect: @escaping () throws -> T) async throws -> T {
        try await incarnation.exist()
        timeline.note(incarnation.name, what)
        let fate = fates.draw()
        let isLostOnItsWay = fate == .silenceBefore
        let name = incarnation
        let answer: Result<T, any Error> = await timeline.call(there: fates.latency(), back: fates.latency()) {
            // What a dead engine had sent arrives at once or never; the one that follows it starts later than that.
            if isLostOnItsWay || (name.life == .dead && self.fates.isDropped()) { return .failure(Loss.answer) }
            return Result {
                self.world.rules.acts(what, name)
                return try effect()
            }
        }
        try await incarnation.exist()
        switch fate {
        case .fine: return try answer.get()
        case .lost:
            timeline.note(incarnation.name, "the answer to \(what) is lost")
            throw Loss.answer
        case .silenceBefore, .silenceAfter:
            timeline.note(incarnation.name, "nobody answers \(what)")
            if fates.isDeaf { await timeline.silence() } else { try await timeline.sleep(86_400_000_000) }
            throw Loss.answer
        }
    }
}

/// What becomes of calls.
// Only the thread that runs the simulation ever touches it.
final class Fates: @unchecked Sendable {
    enum Fate { case fine, lost, silenceBefore, silenceAfter }

    private var random: SplitMix
    private var lost: Int
    private var silences: Int
    let isDeaf: Bool

    init(_ disturbance: Disturbance, seed: UInt64) {
        random = SplitMix(seed: seed)
        lost = disturbance.lostAnswers
        silences = disturbance.silences
        isDeaf = disturbance.isDeaf
    }

    func latency() -> Int64 { Int64.random(in: 1_000...400_000, using: &random) }
    func isDropped() -> Bool { random.chance(0.5) }

    func draw() -> Fate {
        if lost > 0, random.chance(0.08) {
            lost -= 1
            return .lost
        }
        if silences > 0, random.chance(0.05) {
            silences -= 1
            return random.chance(0.5) ? .silenceBefore : .silenceAfter
        }
        return .fine
    }
}

extension Wire: Preflight {
    func bundle(
        _ request: RolloutRequest, release: Release, callerSecrets: [String: Secret], seal: Bool, now: Timestamp
    ) async throws(PreflightError) -> Bundle {
        await timeline.travel(fates.latency())
        do { try await incarnation.exist() } catch { throw .unreachable(reason: "the run is over") }
        guard let bundle = world.bundles[request.release] else { throw .failed(reason: "no such release") }
        if world.fault(bundle) == .preflight { throw .invalid([]) }
        return bundle
    }

    func check(restoring bundle: Bundle) async throws(PreflightError) {
        await timeline.travel(fates.latency())
        do { try await incarnation.exist() } catch { throw .unreachable(reason: "the run is over") }
    }
}

extension Wire: SmokeTests {
    func run(_ request: SmokeRequest) async -> SmokeReport {
        do {
            if world.endlessSmoke.contains(request.release) { try await timeline.sleep(86_400_000_000) }
            return try await call("smoke \(request.stage.rawValue) of \(request.release)") {
                let passed = self.world.smoke(request)
                self.timeline.note("world", "smoke \(request.stage.rawValue): \(passed ? "passed" : "failed")")
                return SmokeReport(suites: [.init(suite: "health", passed: passed, steps: [])])
            }
        } catch {
            // What the suites could not reach they report as a failure; so a lost answer is asked for again.
            return Task.isCancelled || incarnation.isOver ? SmokeReport(suites: []) : await run(request)
        }
    }
}

extension Wire: Signals {
    func sample(environment: String, service: String) async -> SignalSample {
        await timeline.travel(fates.latency() / 4)
        let at = clock.now
        do { try await incarnation.exist() } catch {
            return SignalSample(service: service, at: at, epoch: "", arms: [], broken: "the run is over")
        }
        return world.sample(service, at: at, isKnown)
    }
}

extension World {
    func smoke(_ request: SmokeRequest) -> Bool {
        guard !isOut, !smokeFails.contains(request.release), let bundle = bundles[request.release] else { return false }
        switch fault(bundle) {
        case .smokeBeforeTraffic: return request.stage != .beforeTraffic
        case .smokeAtTheEnd: return request.stage != .final
        default: return true
        }
    }

    func sample(_ service: String, at: Timestamp, _ isKnown: (Place) -> Bool) -> SignalSample {
        advance()
        let places = groups.keys.filter { $0.service == service }.sorted()
        let arms = places.compactMap { place -> SignalSample.Arm? in
            guard let group = groups[place], !isBlind(to: group.bundle) else { return nil }
            let count = counters[place] ?? (0, 0)
            let milliseconds = 100 * (fault(group.bundle).slowness(service) ?? 1)
            return SignalSample.Arm(
                bundle: place.bundle, requests: Int64(count.requests), errors: Int64(count.errors),
                latency: [.init(upTo: milliseconds, count: Int64(count.requests))], instances: group.copies.count,
                ready: isKnown(place) ? readyCount(place) : 0, healthFailures: 0,
                restarts: group.copies.map(\.restarts).max() ?? 0)
        }
        return SignalSample(
            service: service, at: at, epoch: "\(epoch)", arms: arms, broken: isDark ? "nobody answers" : nil)
    }
}
