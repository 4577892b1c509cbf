/// How long a threshold has been breached. An unknown look neither adds to it nor resets it.
package struct BreachTimer: Codable, Sendable, Equatable {
    package enum Reading: Sendable { case breach, fine, unknown }

    /// Microseconds in breach so far; nil when it is not in breach.
    package private(set) var lasted: Int64?

    package init() {}

    /// - Parameter elapsed: microseconds since the look before.
    package mutating func observe(_ reading: Reading, elapsed: Int64) {
        switch reading {
        case .breach: lasted = lasted.map { $0 + elapsed } ?? 0
        case .fine: lasted = nil
        case .unknown: break
        }
    }

    package mutating func reset() { lasted = nil }
}
