import Rollouts
import Storage

import class Foundation.JSONEncoder
import class Foundation.JSONSerialization

/// What must always hold (docs/design.md), looked at with every record and every effect.
// Only the thread that runs the simulation ever touches it.
final class Rules: @unchecked Sendable {
    private struct Known {
        var kind: Rollout.Kind
        var course: Course?
        var stage: Stage
        var seq: Int
        /// When it turned back.
        var turnedAt: Int64?
        /// Whether it was looked at, and the look trusted, since the stage began.
        var wasSeen = false
    }

    let timeline: Timeline
    let environment: String
    private var known: [String: Known] = [:]
    private var active: String?
    /// Rollouts in the order in which they were begun, whatever the clock said then.
    private(set) var begun: [String] = []
    private var current: Bundle?
    private var previous: Digest?
    private var bundles: [Digest: Bundle] = [:]
    /// Who may act now, where two engines might.
    var holder: () -> String? = { nil }

    init(_ timeline: Timeline, environment: String, bundles: [Bundle], current: Bundle?) {
        self.timeline = timeline
        self.environment = environment
        self.current = current
        self.bundles = Dictionary(uniqueKeysWithValues: bundles.map { ($0.digest, $0) })
    }

    // MARK: Records

    func record(_ entry: JournalEntry, _ connection: any Connection, _ incarnation: Incarnation) throws {
        timeline.note(incarnation.name, "\(entry.rollout) \(entry.seq) \(Self.line(entry))")
        var rollout = known[entry.rollout] ?? Known(kind: .rollout, stage: .preflight, seq: 0)
        if entry.seq != rollout.seq + 1 { timeline.forbid("record \(rollout.seq + 1) of \(entry.rollout) is missing") }
        switch entry.event {
        case .requested(let request):
            rollout.kind = request.kind
            active = entry.rollout
            begun.append(entry.rollout)
        case .preflightPassed(let passed): rollout.course = passed.course
        case .sampled(let look):
            let isKnown = look.sample.arms.contains { $0.bundle == rollout.course?.to }
            if look.sample.broken == nil, isKnown { rollout.wasSeen = true }
        case .smokeFinished(let smoke): if smoke.passed { rollout.wasSeen = true }
        default: break
        }
        passes(entry, rollout)
        if rollout.stage != entry.stage { rollout.wasSeen = false }
        rollout.stage = entry.stage
        rollout.seq = entry.seq
        if entry.stage.isBackward, rollout.turnedAt == nil { rollout.turnedAt = timeline.now }
        known[entry.rollout] = rollout
        try readState(connection)
    }

    /// No promotion without a look that can be trusted, and no way forward from the way back.
    private func passes(_ entry: JournalEntry, _ rollout: Known) {
        guard rollout.stage != entry.stage else { return }
        let goesForward = !entry.stage.isBackward && entry.stage != .ended
        if rollout.turnedAt != nil, goesForward { timeline.forbid("\(entry.rollout) went forward again") }
        switch rollout.stage {
        case .analysing, .baking:
            if goesForward, !rollout.wasSeen { timeline.forbid("\(entry.rollout) left \(rollout.stage) unseen") }
        default: break
        }
    }

    private func readState(_ connection: any Connection) throws {
        let row = try EnvironmentRecord.row(environment, connection)
        previous = row.previous
        current = row.current.flatMap { bundles[$0] }
        if current == nil, row.current != nil { timeline.forbid("the current bundle is none that was rolled out") }
    }

    static func line(_ entry: JournalEntry) -> String {
        var text = entry.event.type
        switch entry.event {
        case .sampled(let look): text += " \(look.sample.service)\(look.sample.broken.map { " (\($0))" } ?? "")"
        case .actionFailed(let failure): text += " \(failure.action): \(failure.reason)"
        case .instancesNotReady(let event): text += " \(event.service) \(event.oldIsUnreadyToo ? "(nor the old)" : "")"
        case .weightsShifted(let shift): text += " \(shift.service) \(shift.percent) %"
        default: break
        }
        let service = entry.stage.service.map { " \($0)" } ?? ""
        return text + " -> \(entry.stage.name)\(service)\(entry.outcome.map { ", \($0.rawValue)" } ?? "")"
    }

    // MARK: Effects

    /// Nothing is touched before everything was resolved.
    func touches(_ bundle: Digest, _ what: String) {
        if bundle == current?.digest || bundle == previous { return }
        let courses = known.values.compactMap(\.course)
        guard !courses.contains(where: { $0.to == bundle || $0.from == bundle || $0.strays.contains(bundle) }) else {
            return
        }
        timeline.forbid("\(what) before preflight passed")
    }

    /// What serves goes on, unless it is what a rollback takes away.
    func stops(_ place: Place) {
        guard place.bundle == current?.digest else { return }
        if let rollout = active.flatMap({ known[$0] }), rollout.kind == .rollback, rollout.course?.to == place.bundle,
            rollout.stage == .removing
        {
            return
        }
        timeline.forbid("\(place) was stopped, and is of the current bundle")
    }

    /// While it turns back, the old bundle only gains; but what was on its way to the router then arrives.
    func lowers(_ place: Place, from: Int, to: Int, sentAt: Int64) {
        guard let rollout = active.flatMap({ known[$0] }), rollout.stage.isBackward,
            rollout.course?.from == place.bundle, let turnedAt = rollout.turnedAt, sentAt >= turnedAt
        else { return }
        timeline.forbid("\(place) went from \(from) to \(to) % on the way back")
    }

    /// On the way forward no more run than the limits allow.
    func runs(_ place: Place, _ count: Int, beside others: [Place: Int]) {
        guard let rollout = active.flatMap({ known[$0] }), rollout.kind == .rollout, rollout.turnedAt == nil,
            rollout.stage != .ended, let course = rollout.course, [course.from, course.to].contains(place.bundle),
            let leg = course.leg(place.service), let old = leg.fromReplicas, let new = leg.replicas,
            let surge = bundles[course.to]?.service(place.service)?.surge
        else { return }
        let pair = others.filter { [course.from, course.to].contains($0.key.bundle) }
        let total = count + pair.values.reduce(0, +)
        if total > max(old, new) + surge {
            timeline.forbid("\(total) of \(place.service) run, \(surge) too many are allowed")
        }
    }

    func mustServe(_ service: String) -> Bool { current?.service(service) != nil }

    /// Where two engines share an environment, only the one that has the lease acts: nothing of another takes effect.
    func acts(_ what: String, _ incarnation: Incarnation) {
        guard let holder = holder(), holder != incarnation.holder else { return }
        timeline.forbid("\(incarnation.name) does \"\(what)\", and \(holder) has the lease")
    }

    // MARK: The record

    /// The fold of each journal is what is stored.
    func checkFolds(_ store: Store) throws {
        for id in known.keys.sorted() {
            let (fold, quick, stored) = try store.memory.read {
                (try Journal.foldAll(id, $0), try Journal.fold(id, $0), try Journal.rollout(id, $0))
            }
            let whole = try Self.fields(fold)
            let others = [("is stored", try Self.fields(stored)), ("comes of a snapshot", try Self.fields(quick))]
            for (what, other) in others {
                for key in Set(whole.keys).union(other.keys).sorted() where whole[key] != other[key] {
                    let (a, b) = (whole[key] ?? "nothing", other[key] ?? "nothing")
                    timeline.forbid("\(key) of \(id) folds to \(a), and \(b) \(what)")
                }
            }
        }
    }

    /// The document's fields as text, but those that mere looks change.
    private static func fields(_ rollout: Rollout) throws -> [String: String] {
        let data = try JSONEncoder().encode(rollout)
        let object = try JSONSerialization.jsonObject(with: data) as? [String: Any] ?? [:]
        var fields: [String: String] = [:]
        for (key, value) in object where key != "latest" && key != "seq" {
            let text = try JSONSerialization.data(withJSONObject: value, options: [.sortedKeys, .fragmentsAllowed])
            fields[key] = String(decoding: text, as: UTF8.self)
        }
        return fields
    }
}
