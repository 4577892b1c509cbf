import Definitions
import Operations
import Rollouts

extension LiveControl {
    package func silences(_ environment: String) async throws -> [SilenceDocument] {
        _ = try parts.environments.known(environment)
        return try await Explanations.explaining {
            let firing = try await parts.alerts.firing(environment: environment)
            return try await parts.alerts.silences(environment, now: now).map { silence in
                var document = SilenceDocument(silence, now: now)
                document.silenced = firing.filter { $0.heldBack == .silence(id: silence.id) }.map(\.name)
                return document
            }
        }
    }

    package func silence(
        _ environment: String, _ body: SilenceBody, by caller: Caller
    ) async throws -> SilenceDocument {
        _ = try parts.environments.known(environment)
        let silence = try silence(environment, body, caller)
        return try await Explanations.explaining {
            try await parts.alerts.add(silence)
            parts.hub.announce(environment, nil)
            return SilenceDocument(silence, now: now)
        }
    }

    private func silence(_ environment: String, _ body: SilenceBody, _ caller: Caller) throws -> Silence {
        let matchers = try body.matchers.map { text in
            guard let matcher = LabelMatcher(text) else {
                throw Refusal(
                    "bad_matcher",
                    "\(text) is no condition on a label; write it like service=api or severity=~\"warn.*\".",
                    exit: .usage)
            }
            return matcher
        }
        // What matches the empty value matches alerts without the label as well; of those alone, all would be silent.
        guard matchers.contains(where: { !$0.matches([:], LabelPatterns()) }) else {
            throw Refusal(
                "too_wide", "This would silence everything; name at least one label that must have a value.",
                exit: .usage)
        }
        let from = try body.from.map(moment) ?? now
        let until = try moment(body.until)
        guard until > max(from, now) else {
            throw Refusal("bad_time", "The silence would end before it begins, or be over already.", exit: .usage)
        }
        guard body.comment.contains(where: { !$0.isWhitespace }) else {
            throw Refusal("reason_missing", "Say why nobody is to hear of it: --reason TEXT", exit: .usage)
        }
        return Silence(
            id: "s-\(RandomID.make())", environment: environment, matchers: matchers.map(\.description), startsAt: from,
            endsAt: until, createdBy: caller.name, comment: body.comment)
    }

    package func expireSilence(
        _ environment: String, _ id: String, by caller: Caller
    ) async throws -> SilenceDocument {
        _ = try parts.environments.known(environment)
        return try await Explanations.explaining {
            guard let silence = try await parts.alerts.expireSilence(environment, id, now: now) else {
                throw Refusal(
                    "unknown_silence",
                    "\(environment) has no silence \(id); `tidegate silence list \(environment)` shows those there are.",
                    exit: .usage)
            }
            parts.hub.announce(environment, nil)
            return SilenceDocument(silence, now: now)
        }
    }
}

extension SilenceDocument {
    init(_ silence: Silence, now: Timestamp) {
        let state = silence.isInForce(at: now) ? "active" : now < silence.startsAt ? "pending" : "expired"
        self.init(
            id: silence.id, environment: silence.environment, state: state, matchers: silence.matchers,
            startsAt: silence.startsAt.rfc3339, endsAt: silence.endsAt.rfc3339, createdBy: silence.createdBy,
            comment: silence.comment)
    }
}
