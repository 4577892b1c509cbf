import Secrets

/// What happens while checks run.
package enum PreflightProgress: Sendable {
    case began(PreflightCheck)
    case ended(PreflightCheck, [CheckResult])
}

/// Runs checks side by side, each within its own limit and all within one: a host that swallows packets costs its own
/// check and nothing else.
package struct PreflightRun: Sendable {
    /// How many run at once.
    package var width: Int
    /// How long everything may take together.
    package var bound: Duration
    /// Masks in every sentence what nobody may see, though no check writes it.
    package var redactor: Redactor

    package init(width: Int = 16, bound: Duration, redactor: Redactor) {
        self.width = max(1, width)
        self.bound = bound
        self.redactor = redactor
    }

    /// - Returns: the results in the order of the checks.
    package func run(
        _ checks: [PreflightCheck], tell: @Sendable @escaping (PreflightProgress) -> Void
    ) async -> [CheckResult] {
        let clock = ContinuousClock()
        let end = clock.now + bound
        return await withTaskGroup(of: (Int, [CheckResult]).self) { group in
            var results: [Int: [CheckResult]] = [:]
            for (index, check) in checks.enumerated() {
                if index >= width, let (done, reports) = await group.next() { results[done] = reports }
                group.addTask { (index, await one(check, until: end, clock, tell)) }
            }
            for await (done, reports) in group { results[done] = reports }
            return checks.indices.flatMap { results[$0] ?? [] }
        }
    }

    private func one(
        _ check: PreflightCheck, until end: ContinuousClock.Instant, _ clock: ContinuousClock,
        _ tell: @Sendable (PreflightProgress) -> Void
    ) async -> [CheckResult] {
        tell(.began(check))
        let start = clock.now
        let limit = min(check.limit, end - start)
        let reports = limit > .zero ? await within(limit, check.work) : nil
        let milliseconds = (clock.now - start) / .milliseconds(1)
        let results = (reports ?? [Self.late(check, limit)]).map { report in
            var masked = report
            masked.sentence = redactor.mask(report.sentence)
            masked.fix = report.fix.map(redactor.mask)
            return CheckResult(check, masked, milliseconds: milliseconds)
        }
        tell(.ended(check, results))
        return results
    }

    private static func late(_ check: PreflightCheck, _ limit: Duration) -> CheckReport {
        guard limit > .zero else {
            return CheckReport(
                .skipped, "\(check.subject) was not looked at: the time for all checks together was up.",
                fix: "Mend what does not answer first, then check again.")
        }
        return CheckReport(
            .unreachable, "\(check.subject) gave no answer within \(Words.seconds(limit)).",
            fix: "See whether it is there and reachable from this machine; a limit is raised with "
                + "--time-limit \(check.kind.rawValue)=\(Words.seconds(limit * 2)).")
    }
}
