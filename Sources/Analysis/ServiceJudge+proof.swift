#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

extension ServiceJudge {
    /// What the sequential tests of all signals together come to at one look.
    struct Proof {
        var parts: [ServiceEvidence.Part]
        var failing: [ServiceEvidence.Signal]
        /// The logarithm of the evidence of all signals, where only all of them together suffice.
        var together: Double?
        var alpha: Double

        /// Writes the signal's evidence and its bound into the verdict.
        /// - Returns: whether it fails.
        func state(_ verdict: inout Verdict, _ signal: ServiceEvidence.Signal) -> Bool {
            guard let part = parts.first(where: { $0.signal == signal }) else { return false }
            let isFailing = failing.contains(signal)
            verdict.e = exp(min(isFailing ? together ?? part.logE : part.logE, 690))
            verdict.bound = isFailing && together != nil ? 1 / alpha : exp(part.logBound)
            if isFailing { verdict.verdict = .fail }
            return isFailing
        }
    }

    var proof: Proof {
        let parts = evidence.parts(isSlower: isSlower, isCostlier: isCostlier)
        let failing = evidence.failing(parts)
        return Proof(parts: parts, failing: failing.signals, together: failing.together, alpha: rules.alpha)
    }

    /// Whether there is evidence enough that the release is good to leave a step before its time; never without being asked for.
    package var isProvedGood: Bool { evidence.early.map { $0.logE >= $0.logBound } ?? false }

    /// Whether answers are slower by more than is tolerated where the tests see the most, and slow at all.
    private var isSlower: Bool {
        guard let quantiles = slowest, let evidence = rules.evidence else { return false }
        return quantiles.new > quantiles.old * max(1, evidence.toleratedLatency)
            && quantiles.new > Double(microseconds(rules.latencyAtLeast)) / 1_000
    }

    /// Both bundles' response time at the quantile of the threshold that has the most evidence.
    private var slowest: (quantile: Double, bound: Double, new: Double, old: Double)? {
        guard let strongest = evidence.latency?.strongest, strongest.logE > 0,
            let new = evidence.answers.candidate.quantile(strongest.threshold.quantile),
            let old = evidence.answers.reference.quantile(strongest.threshold.quantile)
        else { return nil }
        return (strongest.threshold.quantile, strongest.threshold.bound, new, old)
    }

    /// The verdict with what the tests were shown, and between which rates that puts the true one.
    func failedBySequence(_ verdict: Verdict, _ proof: Proof) -> Verdict {
        var verdict = verdict
        guard rules.evidence != nil else {
            let once = "once in \(Int(1 / rules.alpha)) rollouts at most"
            verdict.why += ", which a release as good as the old one would do \(once)"
            return verdict
        }
        let signal = ServiceEvidence.Signal(rawValue: verdict.signal) ?? .errors
        let (count, sentence) =
            switch signal {
            case .errors: errorsShown
            case .latency: latenciesShown
            case .cost: costsShown
            }
        verdict.samples = Int(count.requests)
        if signal == .errors, count.requests > 0 { verdict.value = Double(count.errors) / Double(count.requests) }
        verdict.between = RateInterval(count)
        let once = "once in \(Int((1 / rules.alpha).rounded())) rollouts at most"
        let other = proof.parts.map(\.signal).filter { $0 != signal }.map(\.words).joined(separator: " and ")
        verdict.why =
            "\(service): \(sentence). "
            + (proof.together == nil
                ? "A release as good as the old one comes to that \(once)"
                : "Together with \(other) a release as good as the old one comes to that \(once)")
        return verdict
    }

    private var errorsShown: (ArmCount, String) {
        let isComparison = evidence.isComparison
        let (new, old) =
            isComparison
            ? (evidence.beside.candidate, evidence.beside.reference)
            : (
                evidence.alone.candidate, evidence.alone.reference
            )
        let (ones, failed) = evidence.countsClients ? ("clients", "met a failure") : ("requests", "failed")
        let against =
            isComparison
            ? "of the old bundle's \(old.errors) of \(old.requests)"
            : "\(percent(rules.errorRate)) may"
        return (new, "\(new.errors) of \(new.requests) \(ones) \(failed)\(range(new)); \(against)")
    }

    private var latenciesShown: (ArmCount, String) {
        guard let slowest else { return (ArmCount(requests: 0, errors: 0), "answers are slower") }
        let (new, old) = (evidence.answers.candidate, evidence.answers.reference)
        let count = ArmCount(requests: new.total, errors: new.above(slowest.bound) ?? 0)
        return (
            count,
            "\(count.errors) of \(new.total) answers took longer than \(milliseconds(slowest.bound))\(range(count)); "
                + "of the old bundle's \(old.above(slowest.bound) ?? 0) of \(old.total). "
                + "p\(decimal(slowest.quantile * 100)) is \(milliseconds(slowest.new)) against \(milliseconds(slowest.old))"
        )
    }

    func range(_ count: ArmCount) -> String {
        let interval = RateInterval(count)
        guard interval.lower > 0 || interval.upper < 1 else { return "" }
        return ", so between \(rate(interval.lower)) and \(rate(interval.upper))"
    }
}

extension ServiceEvidence.Signal {
    fileprivate var words: String {
        switch self {
        case .errors: "its errors"
        case .latency: "its response times"
        case .cost: "what its jobs cost"
        }
    }
}

/// A rate with two digits that say something: `1.2 %`, `19 %`, `0.034 %`.
func rate(_ fraction: Double) -> String {
    let value = fraction * 100
    guard value > 0, value < 10 else { return "\(Int64(value.rounded())) %" }
    let scale = pow(10, 1 - floor(log10(value)))
    let rounded = (value * scale).rounded() / scale
    return "\(decimalDigits(rounded)) %"
}

private func decimalDigits(_ value: Double) -> String {
    Int64(exactly: value).map(String.init) ?? "\(value)"
}
