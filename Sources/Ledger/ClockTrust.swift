/// Whether a process's clock says truly that somebody's time is over. One that was just set forward says so of calls that are
/// under way, whoever makes them: their costs would come after their holds' ends, and freeze the provider's budget.
///
/// It is compared with a clock that nobody sets. For as long as a hold lasts after a step, what this process would end is left
/// to others, whose clocks may be right; after that it is over by either clock.
struct ClockTrust: Sendable {
    /// Less than this is no step: clocks that are kept right run a little faster or slower. Microseconds, as everything here.
    private static let tolerance: Int64 = 60_000_000

    /// By how much the clock is ahead of the steady one.
    private var lead: Int64
    private var doubtedUntil: Int64?

    /// - Parameters:
    ///   - now: what the clock says.
    ///   - steady: what the clock says that nobody sets.
    init(now: Int64, steady: Int64) { lead = now - steady }

    mutating func trusts(now: Int64, steady: Int64) -> Bool {
        let lead = now - steady
        if lead > self.lead + Self.tolerance {
            doubtedUntil = steady + HoldRequest.defaultLifetime
            self.lead = lead
        }
        // Back it may go, and slowly forth.
        if doubtedUntil == nil || lead < self.lead { self.lead = lead }
        if let until = doubtedUntil, steady >= until { doubtedUntil = nil }
        return doubtedUntil == nil
    }
}
