import Analysis
import Rollouts

/// Journal entries as lines for people and programs.
enum EventText {
    static func document(_ entry: JournalEntry) throws -> EventDocument {
        guard case .object(var fields) = try JSON.decode(JSONValue.self, from: try JSON.encode(entry)) else {
            throw Refusal("fault", "A journal entry is not an object.", exit: .checkFailed)
        }
        // The course repeats the bundles, for the machine alone.
        for key in ["seq", "at", "rollout", "type", "course"] { fields[key] = nil }
        return EventDocument(
            seq: Int64(entry.seq), at: entry.at.rfc3339, rollout: entry.rollout, type: entry.event.type,
            text: sentence(entry), fields: fields)
    }

    static func sentence(_ entry: JournalEntry) -> String {
        let verdicts = entry.verdicts.filter { $0.verdict != .pass }.map(\.why)
        if isTurn(entry), !verdicts.isEmpty { return "going back: \(verdicts.joined(separator: " — "))" }
        return ([sentence(entry.event)] + verdicts).joined(separator: " — ")
    }

    /// Whether a look decided that the release is taken back.
    static func isTurn(_ entry: JournalEntry) -> Bool {
        if case .sampled = entry.event { entry.stage == .restoring } else { false }
    }

    private static func sentence(_ event: Event) -> String {
        switch event {
        case .requested(let event): requested(event)
        case .preflightPassed(let event): "validated: bundle \(event.course.to.short), \(changes(event.plan))"
        case .preflightRefused(let event): "refused: \(event.reason)"
        case .gatesChecked(let event):
            event.results.refusal.map { "the gates refuse: \($0)" } ?? "the gates let it go on"
        case .migrated: "database migrated"
        case .instancesReady(let event):
            "\(event.service): \(count(event.instances.count, "instance")) of \(event.bundle.short) ready and proved"
        case .instancesNotReady(let event): notReady(event)
        case .smokeFinished(let event): smoke(event)
        case .weightsShifted(let event): weights(event)
        case .sampled(let event): sample(event.sample)
        case .commandEnded(let event): command(event)
        case .instancesStopped(let event):
            "\(event.service): instances of \(event.bundle.short) drained and stopped"
                + (event.left.map { ", \($0) left" } ?? "")
                + (event.cutOff > 0 ? ", \(count(event.cutOff, "request")) cut off" : "")
        case .actionFailed(let event): "failed: \(event.reason)"
        case .deadlineReached(let event): "deadline reached: \(event.deadline)"
        case .paused(let event): by(event, "paused")
        case .resumed(let event): by(event, "resumed")
        case .approved(let event): by(event, "approved")
        case .abortRequested(let event): by(event, "abort asked for")
        case .rollbackRequested(let event): by(event, "rollback asked for")
        case .windowEnded(let event): "the rollback window is over: \(event.previous.short) need not stay warm"
        }
    }

    private static func requested(_ event: Event.Requested) -> String {
        let what = event.kind == .rollback ? "rollback to \(event.release)" : "rollout of \(event.release)"
        let passed = (event.overrides ?? []).map(\.rawValue)
        return "\(what) in \(event.environment) asked for by \(event.actor)"
            + (passed.isEmpty
                ? "" : ", passing the gate\(passed.count == 1 ? "" : "s") \(passed.joined(separator: ", "))")
            + (event.reason.map { ": \($0)" } ?? "")
    }

    private static func changes(_ plan: Plan) -> String {
        plan.changes.isEmpty ? "configuration unchanged" : count(plan.changes.count, "configuration change")
    }

    private static func notReady(_ event: Event.InstancesNotReady) -> String {
        "\(event.service): not ready: \(event.reason)"
            + (event.oldIsUnreadyToo ? " (nor are the old ones)" : "")
            + (event.log.last.map { " — last line: \($0)" } ?? "")
    }

    private static func smoke(_ event: Event.SmokeFinished) -> String {
        let steps = event.report.suites.flatMap(\.steps)
        let place = event.stage == .final ? "through the router" : "at the new instances"
        if event.passed { return "smoke tests passed \(place): \(count(steps.count, "step"))" }
        let first = steps.first { !$0.passed }
        return "smoke tests failed \(place)" + (first.map { ": \($0.name): \($0.failure ?? "no reason")" } ?? "")
    }

    private static func weights(_ event: Event.WeightsShifted) -> String {
        let parts = event.weights.map { "\($0.release) \($0.percent) %" }.joined(separator: ", ")
        return "\(event.service): \(parts.isEmpty ? "\(event.percent) % on the new bundle" : parts)"
    }

    private static func sample(_ sample: SignalSample) -> String {
        if let broken = sample.broken { return "\(sample.service): telemetry broken: \(broken)" }
        let arms = sample.arms.map { arm in
            "\(arm.bundle.short): \(arm.ready)/\(arm.instances) ready, \(arm.requests) done, \(arm.errors) failed"
        }
        return "\(sample.service): \(arms.joined(separator: " · "))"
    }

    private static func command(_ event: Event.CommandEnded) -> String {
        let report = event.report
        if report.code == 0 { return "\(event.title): done" }
        if report.code == CommandReport.notYet { return "\(event.title): not yet" }
        return "\(event.title): failed: \(report.failure ?? "code \(report.code ?? -1)")"
            + (report.output.last.map { " — last line: \($0)" } ?? "")
    }

    private static func by(_ event: Event.ByPerson, _ what: String) -> String {
        "\(what) by \(event.by)" + (event.reason.map { ": \($0)" } ?? "")
    }

    static func count(_ number: Int, _ noun: String) -> String { "\(number) \(noun)\(number == 1 ? "" : "s")" }
}
