import Analysis
import Definitions

extension Rollout {
    /// Judges every service that has work of the new bundle, so that one which sickens later is seen as well.
    mutating func beginJudging() {
        guard let course else { return }
        lookedAt = []
        for service in judged {
            if judges[service] == nil {
                judges[service] = judge(service, course)
            }
            judges[service]?.beginStep()
            latest[service]?.removeAll { $0.signal == KayentaBake.signal }
        }
        add(.analyse(services: judged), limit: .seconds(10))
    }

    private var judged: [String] {
        guard let service = stage.service, !touched.contains(service) else { return touched }
        return touched + [service]
    }

    /// One α for all services together: a false alarm of any of them takes the release back.
    private func judge(_ service: String, _ course: Course) -> ServiceJudge {
        let rules = JudgeRules(
            course.thresholds, baseline: course.baselines[service], early: course.leavesEarly,
            keepsMinutes: course.asksKayenta,
            services: course.legs.count { $0.replicas != nil }, gap: max(tick * 5, .seconds(10)), of: service)
        return ServiceJudge(service: service, rules: rules)
    }

    mutating func take(_ sample: SignalSample, _ now: Timestamp) {
        count(sample)
        guard let course, judges[sample.service] != nil else { return }
        let look = Look(sample, candidate: course.to, reference: course.from)
        guard let assessment = judges[sample.service]?.observe(look) else { return }
        let asked = (latest[sample.service] ?? []).filter { $0.signal == KayentaBake.signal }
        latest[sample.service] = assessment.verdicts + asked
        unseen[sample.service] = assessment.missing.isEmpty ? nil : assessment.missing
        let failures = assessment.verdicts.filter { $0.verdict == .fail }
        if let first = failures.first {
            verdicts += failures
            return turnBack(.verdict, first.why, by: nil, now)
        }
        if assessment.holds { lookedAt.remove(sample.service) } else { lookedAt.insert(sample.service) }
        conclude(course, now)
    }

    /// Goes on when every service was looked at last without a reason to hold, the time is over, and the evidence is there.
    private mutating func conclude(_ course: Course, _ now: Timestamp) {
        guard judged.allSatisfy(lookedAt.contains) else { return }
        switch stage {
        case .baking: advance(now)
        case .analysing(let service, let step):
            guard let leg = course.leg(service), leg.steps.indices.contains(step),
                case .bake(let duration, let evidence) = leg.steps[step], let judge = judges[service],
                let began = judged.compactMap({ judges[$0]?.stepBegan }).max()
            else { return }
            let unseen = judged.flatMap { self.unseen[$0] ?? [] }
            let isSeen = evidence.kayenta.map { Set(unseen).isSubset(of: $0.required) } ?? unseen.isEmpty
            let isEnough = judge.stepRequests >= Int64(evidence.minimumRequests) && isSeen
            guard now.microseconds - began >= duration.microseconds else {
                if isEnough, evidence.early == true, leavesEarly(service) { advance(now) }
                return
            }
            if isEnough {
                // Beside nothing there is nothing to compare: smoke tests and absolute limits judge a first bundle.
                guard let kayenta = evidence.kayenta, leg.fromReplicas != nil else { return advance(now) }
                return askKayenta(kayenta, of: service, evidence, course, now)
            }
            settle(service, evidence, seen: judge.stepRequests, unseen: unseen, course, now)
        default: break
        }
    }

    /// Whether there is evidence that every service is good; it is noted, for nobody waited for the step's time.
    private mutating func leavesEarly(_ service: String) -> Bool {
        guard judged.allSatisfy({ judges[$0]?.isProvedGood == true }) else { return false }
        notes.append("\(stage.name) of \(service) ended before its time: there is evidence that the release is good")
        return true
    }

    /// The time is over, and enough was seen: Kayenta's judge decides, and where it does not, it is asked again a minute later,
    /// unless the step says what happens otherwise.
    private mutating func askKayenta(
        _ kayenta: KayentaDefinition, of service: String, _ evidence: Evidence, _ course: Course, _ now: Timestamp
    ) {
        // It has passed, and the step is over but for a pause or a hook.
        let hasPassed = latest[service]?.contains { $0.signal == KayentaBake.signal && $0.verdict == .pass } ?? false
        if hasPassed { return advance(now) }
        guard let verdict = judges[service]?.kayentaVerdict(KayentaBake.Terms(kayenta)) else { return }
        latest[service, default: []].removeAll { $0.signal == KayentaBake.signal }
        latest[service, default: []].append(verdict)
        switch verdict.verdict {
        case .pass:
            notes.append(verdict.why)
            advance(now)
        case .fail:
            decide(verdict)
            turnBack(.verdict, verdict.why, by: nil, now)
        case .notEnoughEvidence: settle(service, evidence, verdict, course, now)
        case .telemetryBroken: break
        }
    }

    /// The time is over, and too little was seen.
    private mutating func settle(
        _ service: String, _ evidence: Evidence, seen: Int64, unseen: [String], _ course: Course, _ now: Timestamp
    ) {
        let why =
            unseen.isEmpty
            ? "\(service): \(seen) requests of \(evidence.minimumRequests) that the step asks for"
            : "\(service): there is no value of \(unseen.joined(separator: ", "))"
        let verdict = Verdict(
            signal: "evidence", service: service, verdict: .notEnoughEvidence, value: Double(seen),
            limit: Double(evidence.minimumRequests), samples: Int(seen), why: why)
        settle(service, evidence, verdict, course, now)
    }

    /// What the step says happens without enough evidence.
    private mutating func settle(
        _ service: String, _ evidence: Evidence, _ verdict: Verdict, _ course: Course, _ now: Timestamp
    ) {
        let why = verdict.why
        switch evidence.otherwise {
        case .hold:
            var verdict = verdict
            verdict.why += "; it waits for more"
            latest[service, default: []].removeAll { $0.signal == verdict.signal }
            latest[service, default: []].append(verdict)
        case .rollback: turnBack(.deadline, "\(why), and otherwise it is to be rolled back", by: nil, now)
        case .smoke:
            guard course.smokesTo else {
                notes.append("\(why), and no smoke suite is defined, so none was run")
                return advance(now)
            }
            let isRunning = pending.contains { if case .smoke = $0.work { true } else { false } }
            guard !isRunning else { return }
            let stage: SmokeRequest.Stage = weights[service] == 100 ? .final : .beforeTraffic
            add(.smoke(stage: stage, bundle: course.to, services: ready), limit: .seconds(600))
        }
    }
}

extension KayentaBake.Terms {
    init(_ definition: KayentaDefinition) {
        self.init(
            pass: Double(definition.pass), marginal: Double(definition.marginal), critical: Set(definition.critical),
            required: Set(definition.required))
    }
}

extension Look {
    package init(_ sample: SignalSample, candidate: Digest, reference: Digest?) {
        func arm(_ bundle: Digest?) -> Look.Arm? {
            guard let bundle, let arm = sample.arms.first(where: { $0.bundle == bundle }) else { return nil }
            return Look.Arm(
                requests: arm.requests, errors: arm.errors,
                latency: LatencyHistogram(arm.latency.map { ($0.upTo, $0.count) }), instances: arm.instances,
                ready: arm.ready, healthFailures: arm.healthFailures, restarts: arm.restarts, clients: arm.clients,
                metrics: arm.metrics, costs: arm.costs)
        }
        self.init(
            at: sample.at.microseconds, epoch: sample.epoch, candidate: arm(candidate), reference: arm(reference),
            broken: sample.broken, unanswered: sample.unanswered)
    }
}
