/// What came since the last comparison, added up until it is worth one.
///
/// A test that compares look by look learns little from one with three requests: of a failure there it can only say that one
/// bundle had it which had a third of the requests. When a pool is full depends on how many requests there were and never on how
/// they went, so the test's bound holds for pools as it does for looks.
struct EvidencePool: Codable, Sendable, Equatable {
    private(set) var candidate = ArmCount(requests: 0, errors: 0)
    /// Nil as long as there was nothing to compare with.
    private(set) var reference: ArmCount?
    private(set) var answers = LatencyHistogram()
    private(set) var oldAnswers: LatencyHistogram?
    /// Nil as long as not both bundles told what their jobs cost.
    private(set) var costs: JobCosts?
    private(set) var oldCosts: JobCosts?

    /// - Parameter least: requests of both bundles together. With none of the old bundle's half as many suffice, for then there
    ///   will hardly be any to compare with; and without an old bundle there is nothing to wait for.
    func isFull(of least: Int64) -> Bool {
        guard let reference else { return true }
        return reference.requests > 0
            ? candidate.requests.plus(reference.requests) >= least : candidate.requests >= max(1, least / 2)
    }

    mutating func add(_ new: ArmCount, _ old: ArmCount?) {
        candidate = candidate + new
        if let old { reference = (reference ?? ArmCount(requests: 0, errors: 0)) + old }
    }

    /// Only what both bundles answered at the same time.
    mutating func add(_ new: LatencyHistogram, _ old: LatencyHistogram?) {
        guard let old else { return }
        answers = answers + new
        oldAnswers = (oldAnswers ?? LatencyHistogram()) + old
    }

    /// Only where both bundles tell.
    mutating func add(_ new: JobCosts?, _ old: JobCosts?) {
        guard let new, let old else { return }
        costs = (costs ?? JobCosts()) + new
        oldCosts = (oldCosts ?? JobCosts()) + old
    }
}
