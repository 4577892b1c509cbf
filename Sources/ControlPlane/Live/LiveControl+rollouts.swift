import Definitions
import Rollouts

extension LiveControl {
    package func plan(_ environment: String, _ body: RolloutBody) async throws -> PlanDocument {
        let definition = try parts.environments.environment(environment)
        var plan = try await Explanations.explaining {
            let plan = try await parts.engine.plan(
                try request(environment, body, by: Caller(name: "plan")), callerSecrets: body.secrets?.values ?? [:])
            var document = PlanDocument(plan)
            if let running = plan.doubleRunning {
                document.add(DoubleRunningCost(running, prices: definition.instanceHours))
            }
            return document
        }
        if plan.changes, definition.ledger != nil, let running = plan.previous {
            plan.notes += await costNotes(environment, running)
        }
        return plan
    }

    package func start(_ environment: String, _ body: RolloutBody, by caller: Caller) async throws -> StartedDocument {
        _ = try parts.environments.environment(environment)
        try parts.checkRoom()
        return try await Explanations.explaining {
            let id = try await parts.engine.start(
                try request(environment, body, by: caller), callerSecrets: body.secrets?.values ?? [:])
            return StartedDocument(rollout: id)
        }
    }

    private func request(_ environment: String, _ body: RolloutBody, by caller: Caller) throws -> RolloutRequest {
        RolloutRequest(
            environment: environment, release: body.release, strategy: body.strategy, actor: caller.name,
            reason: body.reason, overrides: try Self.overrides(body),
            source: try source(environment, body.from), key: caller.key)
    }

    /// Where `promote` says that the release has proved itself: where the environment takes its releases from.
    private func source(_ environment: String, _ from: String?) throws -> String? {
        guard let from else { return nil }
        _ = try parts.environments.known(from)
        let asked = try parts.environments.environment(environment).promotesFrom
        guard from != environment, asked == nil || asked == from else {
            throw Refusal(
                "other_source",
                "\(environment) takes releases from \(asked ?? "another environment"), not from \(from).",
                exit: .refused)
        }
        return from
    }

    package func rollBack(
        _ environment: String, _ body: RollbackBody, by caller: Caller
    ) async throws -> StartedDocument {
        _ = try parts.environments.known(environment)
        return try await Explanations.explaining {
            let bundle = try await target(environment, body.to)
            let id = try await parts.engine.rollback(
                environment: environment, to: bundle, reason: body.reason, by: caller.name, evidence: nil,
                key: caller.key)
            return StartedDocument(rollout: id)
        }
    }

    package func wayBack(_ environment: String, to target: String?) async throws -> WayBackDocument {
        _ = try parts.environments.known(environment)
        return try await Explanations.explaining {
            let way = try await parts.engine.wayBack(
                environment: environment, to: try await self.target(environment, target))
            return WayBackDocument(
                release: way.release, restored: way.restored, bundle: way.bundle.text, rollout: way.turns,
                warnings: way.warnings)
        }
    }

    /// The bundle that `--to` means: a digest, the beginning of one, or the newest bundle of a release.
    private func target(_ environment: String, _ text: String?) async throws -> Digest? {
        guard let text else { return nil }
        if let digest = Digest(text) { return digest }
        let rollouts = try await parts.engine.history(environment: environment, limit: 200)
        let bundles = rollouts.filter { $0.outcome == .succeeded }.compactMap { rollout in
            rollout.toBundle.map { (bundle: $0, release: rollout.release) }
        }
        let beginning = text.hasPrefix("sha256:") ? text : "sha256:\(text)"
        let matches = Set(bundles.filter { $0.bundle.text.hasPrefix(beginning) }.map(\.bundle))
        if text.count >= 4, matches.count == 1 { return matches.first }
        if let bundle = bundles.first(where: { $0.release == text })?.bundle { return bundle }
        throw Refusal(
            "unknown_bundle",
            matches.count > 1
                ? "\(text) is the beginning of several bundles; write more of it."
                : "\(environment) never ran a bundle or release \(text): see tidegate history \(environment)",
            exit: .usage)
    }

    package func act(
        _ action: RolloutAction, on rollout: String, _ body: ReasonBody, by caller: Caller
    ) async throws -> RolloutDocument {
        try await Explanations.explaining {
            let engine = parts.engine
            switch action {
            case .pause: try await engine.pause(rollout, by: caller.name, reason: body.reason)
            case .resume: try await engine.resume(rollout, by: caller.name, reason: body.reason)
            case .approve: try await engine.approve(rollout, by: caller.name, reason: body.reason)
            case .abort: try await engine.abort(rollout, by: caller.name, reason: body.reason)
            }
            return RolloutDocument(try await engine.rollout(rollout), now: now)
        }
    }

    package func retry(_ rollout: String, _ body: RetryBody, by caller: Caller) async throws -> StartedDocument {
        try parts.checkRoom()
        return try await Explanations.explaining {
            let id = try await parts.engine.retry(
                rollout, by: caller.name, reason: body.reason, callerSecrets: body.secrets?.values ?? [:],
                key: caller.key)
            return StartedDocument(rollout: id)
        }
    }

    package func lines(
        rollout: String, after seq: Int64, follow: Bool
    ) async throws -> AsyncThrowingStream<RolloutLine, any Error> {
        let engine = parts.engine
        _ = try await Explanations.explaining { try await engine.rollout(rollout) }
        let after = Int(clamping: seq)
        return AsyncThrowingStream { continuation in
            let task = Task {
                do {
                    if follow {
                        for try await entry in engine.entries(rollout: rollout, after: after) {
                            continuation.yield(.event(try EventText.document(entry)))
                        }
                    } else {
                        for entry in try await engine.journal(rollout: rollout, after: after) {
                            continuation.yield(.event(try EventText.document(entry)))
                        }
                    }
                    let state = try await engine.rollout(rollout)
                    if state.isFinished { continuation.yield(.finished(FinishedDocument(state))) }
                    continuation.finish()
                } catch {
                    continuation.finish(throwing: Explanations.explain(error))
                }
            }
            continuation.onTermination = { _ in task.cancel() }
        }
    }
}

extension PlanDocument {
    init(_ plan: Plan) {
        var steps: [StepDocument] = []
        if let service = plan.migrates {
            steps.append(StepDocument(name: "migrate", service: service, state: .pending))
        }
        for service in plan.services {
            let compared = service.baseline.map { "; response times against \($0)" } ?? ""
            if service.first != 0 {
                let replicas = EventText.count(service.first ?? service.replicas, "instance")
                steps.append(
                    StepDocument(name: "start", service: service.name, state: .pending, detail: replicas + compared))
            }
            steps += service.steps.map { StepDocument(name: $0, service: service.name, state: .pending) }
        }
        steps += plan.removed.map { StepDocument(name: "remove", service: $0, state: .pending) }
        self.init(
            environment: plan.environment, release: plan.release, previous: plan.previousRelease,
            bundle: plan.bundle.text, changes: !plan.nothingToDo,
            configuration: plan.changes.map { change in
                Change(
                    service: change.service, name: change.name, change: change.kind.rawValue,
                    before: change.secret ? nil : change.before, after: change.secret ? nil : change.after)
            },
            steps: steps, migrates: plan.migrates != nil, expectedSeconds: plan.expectedSeconds,
            notes: plan.notes ?? [])
        gates = plan.gates.map { $0.map { GateDocument($0) } }
    }
}
