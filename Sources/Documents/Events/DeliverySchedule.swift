/// When an event that a receiver did not take is sent again: 2 s × 2ⁿ, up to half an hour, spread by jitter; after the last
/// attempt it is a dead letter. All attempts together take an hour and a half to three hours.
package enum DeliverySchedule {
    package static let maximumAttempts = 16
    static let base = Duration.seconds(2)
    static let limit = Duration.seconds(1800)

    /// The delay after `attempts` failures; nil when there is none left.
    /// - Parameter jitter: 0..<1.
    package static func delay(after attempts: Int, jitter: Double) -> Duration? {
        guard attempts < maximumAttempts else { return nil }
        let whole = min(base * (1 << min(max(attempts - 1, 0), 12)), limit)
        return whole / 2 + whole / 2 * min(max(jitter, 0), 1)
    }
}
