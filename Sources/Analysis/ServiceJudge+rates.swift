#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

extension ServiceJudge {
    /// The sequential tests first, for they may be looked at on every tick; then the threshold over its time.
    mutating func errors(_ proof: Proof, elapsed: Int64) -> Reading {
        let window = errorWindow.candidate
        let known = window.requests >= Int64(rules.minimumRequests)
        let breach = known && (window.errorRate ?? 0) > rules.errorRate
        // What the old bundle shares is no time of the new one's: their windows do not clear in the same look.
        let isUndecided = !known || (breach && sharesErrors)
        errorBreach.observe(isUndecided ? .unknown : breach ? .breach : .fine, elapsed: elapsed)

        var verdict = Verdict(
            signal: "error_rate", service: service, verdict: known ? .pass : .notEnoughEvidence,
            value: window.errorRate, limit: rules.errorRate, samples: Int(window.requests),
            why: "\(service): \(errorCounts(window, known: known))")
        if proof.state(&verdict, .errors) { return (failedBySequence(verdict, proof), true) }
        guard breach else { return (verdict, false) }
        return lasting(
            verdict, timer: errorBreach, rule: rules.errorRateFor, shared: sharesErrors,
            what: "above \(percent(rules.errorRate))")
    }

    /// The quantile over the trailing window, against the recorded baseline, or the old bundle beside it.
    mutating func latency(_ proof: Proof, elapsed: Int64) -> Reading {
        let new = latencyWindow.candidate.latency
        let old = latencyWindow.reference.latency
        let enough = Int64(rules.minimumRequests)
        let beside = old.total >= enough ? old.quantile(rules.latencyQuantile) : nil
        let baseline = rules.latencyBaseline ?? beside
        let value = new.quantile(rules.latencyQuantile)
        let limit = baseline.map { max($0 * rules.latencyFactor, Double(microseconds(rules.latencyAtLeast)) / 1_000) }
        var reading = BreachTimer.Reading.unknown
        if let value, let limit, new.total >= enough { reading = value > limit ? .breach : .fine }
        let shared = limit.map { limit in beside.map { $0 > limit } ?? false } ?? false
        latencyBreach.observe(reading == .breach && shared ? .unknown : reading, elapsed: elapsed)

        var verdict = Verdict(
            signal: "latency", service: service, verdict: reading == .unknown ? .notEnoughEvidence : .pass,
            value: value, limit: limit, samples: Int(new.total),
            why: "\(service): \(latencyCounts(new.total, value, limit))")
        if proof.state(&verdict, .latency) { return (failedBySequence(verdict, proof), true) }
        guard reading == .breach, let limit else { return (verdict, false) }
        return lasting(
            verdict, timer: latencyBreach, rule: rules.latencyFor, shared: shared,
            what: "above \(milliseconds(limit)), with \(milliseconds(baseline ?? 0)) as the baseline")
    }

    private func errorCounts(_ window: TrailingWindow.Arm, known: Bool) -> String {
        if window.requests == 0 { return "no requests in the last \(seconds(rules.errorRateFor))" }
        let counts = "\(window.errors) of \(window.requests) requests failed"
        return known ? counts : "\(counts); fewer than \(rules.minimumRequests) decide nothing"
    }

    private func latencyCounts(_ answers: Int64, _ value: Double?, _ limit: Double?) -> String {
        guard let value else { return "no answers in the last \(seconds(rules.latencyFor))" }
        let counts = "\(percent(rules.latencyQuantile)) of \(answers) answers came within \(milliseconds(value))"
        if answers < Int64(rules.minimumRequests) {
            return "\(counts); fewer than \(rules.minimumRequests) decide nothing"
        }
        return limit == nil ? "\(counts); no baseline is on record to compare them with" : counts
    }

    private var sharesErrors: Bool {
        let old = errorWindow.reference
        return old.requests >= Int64(rules.minimumRequests) && (old.errorRate ?? 0) > rules.errorRate
    }

    /// A breach fails once it has lasted for its time, unless the old bundle shares it.
    private func lasting(
        _ verdict: Verdict, timer: BreachTimer, rule: Duration, shared: Bool, what: String
    ) -> Reading {
        var verdict = verdict
        let lasted = timer.lasted ?? 0
        verdict.why += ", \(what) for \(lasted / 1_000_000) s"
        if shared {
            verdict.verdict = .notEnoughEvidence
            verdict.why += "; the old bundle shares it, so it is not the release's doing"
        } else if lasted >= microseconds(rule) {
            verdict.verdict = .fail
        } else {
            verdict.verdict = .notEnoughEvidence
            verdict.why += " of \(microseconds(rule) / 1_000_000) s that make a breach"
        }
        return (verdict, true)
    }
}

func percent(_ fraction: Double) -> String { "\(decimal(fraction * 100)) %" }

func milliseconds(_ value: Double) -> String { "\(decimal(value)) ms" }

/// With one digit after the point, if that is not 0.
func decimal(_ value: Double) -> String {
    let rounded = (value * 10).rounded() / 10
    return Int64(exactly: rounded).map(String.init) ?? "\(rounded)"
}

private func seconds(_ duration: Duration) -> String { "\(microseconds(duration) / 1_000_000) s" }
