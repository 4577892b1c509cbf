import Rollouts

/// What the last look into an environment's ledger brought.
package enum SpendingLook: Sendable, Equatable {
    case known(AlertFacts.Spending)
    /// The reason is a sentence.
    case failed(String)
}

/// The looks into one environment's ledger. A value: what is known stays known while the next look is under way, but not when
/// that does not come back.
package struct SpendingLooks: Sendable, Equatable {
    /// A look that takes longer has failed.
    package static let patience = Duration.seconds(30)

    private var last: SpendingLook?
    private var underWaySince: Timestamp?

    package init() {}

    /// - Returns: false while another look is under way.
    package mutating func begin(_ now: Timestamp) -> Bool {
        guard underWaySince == nil else { return false }
        underWaySince = now
        return true
    }

    /// - Parameter look: nil when there is nothing to look at.
    package mutating func end(_ look: SpendingLook?) {
        (last, underWaySince) = (look, nil)
    }

    /// Forgets what was seen: nobody can look any more.
    package mutating func fail(_ why: String) { last = .failed(why) }

    package func known(_ now: Timestamp) -> SpendingLook? {
        if let since = underWaySince, now - since > Self.patience {
            return .failed("the ledger has not answered for \(Self.patience.components.seconds) seconds")
        }
        return last
    }
}
