extension ServiceJudge {
    /// What a job costs, beside the old bundle; nil until both had jobs that cost something.
    func cost(_ proof: Proof) -> Reading? {
        guard let paid = evidence.paid, let new = paid.candidate.mean, let old = paid.reference.mean else { return nil }
        let isKnown = min(paid.candidate.jobs, paid.reference.jobs) >= Int64(rules.minimumRequests)
        let isCompared = proof.parts.contains { $0.signal == .cost }
        var why = "\(service): \(meansShown(paid))"
        if !isCompared {
            why += "; no baseline is on record to compare them by"
        } else if !isKnown {
            why += "; fewer than \(rules.minimumRequests) decide nothing but by far"
        }
        var verdict = Verdict(
            signal: ServiceEvidence.Signal.cost.rawValue, service: service,
            verdict: isKnown && isCompared ? .pass : .notEnoughEvidence, value: new / 1e9,
            limit: old * toleratedCost / 1e9, samples: Int(paid.candidate.jobs), why: why)
        if proof.state(&verdict, .cost) { return (failedBySequence(verdict, proof), true) }
        return (verdict, false)
    }

    /// Whether jobs cost more by more than is tolerated.
    var isCostlier: Bool {
        guard let paid = evidence.paid, let new = paid.candidate.mean, let old = paid.reference.mean else {
            return false
        }
        return new > old * toleratedCost
    }

    private var toleratedCost: Double { max(1, rules.evidence?.toleratedCost ?? 1.1) }

    private func meansShown(_ paid: ServiceEvidence.Costs) -> String {
        "\(dollars(paid.candidate.mean ?? 0)) a job against \(dollars(paid.reference.mean ?? 0)) of the old bundle's, "
            + "of \(paid.candidate.jobs) and \(paid.reference.jobs) jobs"
    }

    /// The means, and the jobs above the threshold that has the most evidence.
    var costsShown: (ArmCount, String) {
        guard let paid = evidence.paid, let bound = evidence.cost?.strongest?.threshold.bound else {
            return (ArmCount(requests: 0, errors: 0), "jobs cost more")
        }
        let (new, old) = (paid.candidate.histogram, paid.reference.histogram)
        let count = ArmCount(requests: new.total, errors: new.above(bound) ?? 0)
        return (
            count,
            "\(meansShown(paid)). \(count.errors) of \(new.total) cost more than \(dollars(bound * 1e9))\(range(count)); "
                + "of the old bundle's \(old.above(bound) ?? 0) of \(old.total)"
        )
    }
}
