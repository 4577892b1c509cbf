extension ServiceJudge {
    /// A verdict, and whether it forbids to go on.
    typealias Reading = (verdict: Verdict, holds: Bool)

    /// Fails for more consecutive failed probes of one instance than allowed, for as many restarts, and for as many looks
    /// at which nothing of the new bundle was ready. What is down for both bundles holds.
    mutating func health(_ candidate: Look.Arm, _ reference: Look.Arm?) -> Reading {
        let limit = rules.healthFailures
        let bothDown = candidate.ready == 0 && (reference.map { $0.instances > 0 && $0.ready == 0 } ?? false)
        if candidate.ready > 0 { deadLooks = 0 } else if !bothDown { deadLooks += 1 }
        let restarts = candidate.restarts - (firstRestarts?.candidate ?? candidate.restarts)
        let oldRestarts = (reference?.restarts ?? 0) - (firstRestarts?.reference ?? 0)
        let oldFails = (reference?.healthFailures ?? 0) > limit || oldRestarts > limit
        let worst = max(candidate.healthFailures, max(restarts, deadLooks))
        let what =
            "\(candidate.healthFailures) consecutive health failures, \(restarts) restarts, "
            + "\(candidate.ready) of \(candidate.instances) instances ready"
        func reading(_ judgement: Judgement, _ why: String, holds: Bool) -> Reading {
            let verdict = Verdict(
                signal: "health", service: service, verdict: judgement, value: Double(worst), limit: Double(limit),
                samples: candidate.instances, why: "\(service): \(what)\(why)")
            return (verdict, holds)
        }
        if bothDown || (worst > limit && oldFails) {
            return reading(
                .notEnoughEvidence, "; the old bundle fails as well, so it is not the release's doing", holds: true)
        }
        if worst > limit { return reading(.fail, "; at most \(limit) in a row are allowed", holds: true) }
        return reading(.pass, "", holds: candidate.ready == 0)
    }
}
