/// What one arm did in one tick: its requests and how many of them failed. The same serves for whatever is counted so:
/// slow answers among answers, failed jobs among jobs, clients with an error among clients.
package struct ArmCount: Codable, Sendable, Equatable {
    package var requests: Int64
    package var errors: Int64

    package init(requests: Int64, errors: Int64) {
        self.requests = requests
        self.errors = errors
    }

    /// The sum, which stays at the largest number when it would overflow.
    package static func + (a: Self, b: Self) -> Self {
        Self(requests: a.requests.plus(b.requests), errors: a.errors.plus(b.errors))
    }

    /// Whether a test can use it. More errors than requests are possible: an error is sometimes counted a tick after
    /// its request.
    var isCounted: Bool { requests > 0 && errors >= 0 }
}

extension Int64 {
    /// The sum, or the bound that it went over.
    func plus(_ other: Int64) -> Int64 {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? (other > 0 ? .max : .min) : sum
    }
}
