import Definitions
import Rollouts

extension LiveControl {
    package func freezes(_ environment: String, all: Bool) async throws -> [FreezeDocument] {
        let known = try parts.environments.known(environment)
        return try await Explanations.explaining {
            let windows = try (known.definition?.freezes ?? []).map { try document($0, environment) }
            return windows
                + (try await parts.gates.freezes(environment, all: all).map { FreezeDocument($0, now: now) })
        }
    }

    private func document(_ window: FreezeWindow, _ environment: String) throws -> FreezeDocument {
        let period = try FreezePeriod.inForce(window, at: now, offset: zoneOffsetOfIANA)
        var document = FreezeDocument(
            environment: environment, state: period == nil ? "to_come" : "in_force", reason: window.reason)
        document.window = window.line
        document.from = period?.from.rfc3339
        document.until = period?.until.rfc3339
        return document
    }

    package func freeze(
        _ environment: String, _ body: FreezeBody, by caller: Caller
    ) async throws -> FreezeDocument {
        _ = try parts.environments.known(environment)
        let from = try body.from.map(moment)
        let until = try moment(body.until)
        let reason = try Self.reason(body.reason, "Say why nothing may roll out: --reason TEXT")
        return try await Explanations.explaining {
            let freeze = try await parts.gates.freeze(
                environment, from: from, until: until, reason: reason, by: caller.name)
            return FreezeDocument(freeze, now: now)
        }
    }

    /// A time in a request.
    func moment(_ text: String) throws -> Timestamp {
        guard let moment = Timestamp(rfc3339: text) else {
            throw Refusal("bad_time", "\(text) is no time; write it like 2026-12-24T16:00Z.", exit: .usage)
        }
        return moment
    }

    private static func reason(_ text: String?, _ otherwise: String) throws -> String {
        guard let text, text.contains(where: { !$0.isWhitespace }) else {
            throw Refusal("reason_missing", otherwise, exit: .usage)
        }
        return text
    }

    package func liftFreeze(
        _ environment: String, _ id: String, _ body: ReasonBody, by caller: Caller
    ) async throws -> FreezeDocument {
        _ = try parts.environments.known(environment)
        let reason = try Self.reason(body.reason, "Say why it may end: --reason TEXT")
        return try await Explanations.explaining {
            let lifted = try await parts.gates.lift(id, environment: environment, reason: reason, by: caller.name)
            return FreezeDocument(lifted, now: now)
        }
    }

    package func evidence(_ release: String) async throws -> [EvidenceDocument] {
        try await Explanations.explaining {
            try await parts.gates.evidence(release).map { EvidenceDocument($0, release: release) }
        }
    }

    package func addEvidence(
        _ release: String, _ body: EvidenceBody, by caller: Caller
    ) async throws -> EvidenceDocument {
        guard let kind = EvidenceKind(rawValue: body.kind) else {
            let known = EvidenceKind.allCases.map(\.rawValue).joined(separator: ", ")
            throw Refusal("unknown_kind", "\(body.kind) is no kind of evidence; there are: \(known)", exit: .usage)
        }
        let digest = body.fileDigest.flatMap { Digest($0) }
        guard digest != nil || body.note != nil else {
            throw Refusal(
                "nothing_to_show", "Name what shows it: --from FILE, or at least --note TEXT.", exit: .usage)
        }
        return try await Explanations.explaining {
            let evidence = GateFacts.Evidence(
                kind: kind, passed: body.passed, at: now, by: caller.name, environment: body.environment,
                note: body.note, file: body.file, fileDigest: digest)
            try await parts.gates.add(evidence, to: release)
            return EvidenceDocument(evidence, release: release)
        }
    }

    package func incidents(_ environment: String) async throws -> [IncidentDocument] {
        _ = try parts.environments.known(environment)
        return try await Explanations.explaining {
            try await parts.gates.incidents(environment).map { IncidentDocument($0) }
        }
    }

    package func incident(_ id: String) async throws -> IncidentDocument {
        try await Explanations.explaining {
            let incident = try await parts.gates.incident(id)
            var document = IncidentDocument(incident)
            do { document.spent = try await spent(incident) } catch { document.spentUnknown = "\(error)" }
            return document
        }
    }

    /// What its environment spent while the release had work.
    private func spent(_ incident: Incident) async throws -> String? {
        guard let since = incident.servedSince,
            let definition = try parts.environments.known(incident.environment).definition
        else { return nil }
        let bundle = try await parts.engine.state(environment: incident.environment).current
        return try await parts.spend.spent(
            definition, bundle: bundle, from: since, until: incident.servedUntil ?? parts.clock.now)
    }

    package func closeIncident(_ id: String, _ body: ReasonBody, by caller: Caller) async throws -> IncidentDocument {
        let note = try Self.reason(body.reason, "Say what was found and done: --note TEXT")
        return try await Explanations.explaining {
            IncidentDocument(try await parts.gates.close(id, note: note, by: caller.name))
        }
    }

    /// The gates to pass, checked: each is known and can be passed, and there is a reason.
    static func overrides(_ body: RolloutBody) throws -> [Gate]? {
        guard let names = body.overrides, !names.isEmpty else { return nil }
        let possible = Gate.allCases.filter(\.canBeOverridden).map(\.rawValue)
        let gates = try names.map { name in
            guard let gate = Gate(rawValue: name), gate.canBeOverridden else {
                throw Refusal(
                    "not_overridable",
                    "\(name) cannot be overridden; what can: \(possible.joined(separator: ", "))", exit: .usage)
            }
            return gate
        }
        _ = try reason(body.reason, "Say why the gate may be passed: --reason TEXT")
        return gates
    }
}
