import Rollouts

/// When a secret's source is asked again. Pure: chance comes in.
package enum SecretPace {
    /// The longest time between two looks at a source that fails.
    package static let longest = Duration.seconds(3_600)

    /// - Parameters:
    ///   - interval: what the environment says.
    ///   - failures: how often on end the source has failed.
    ///   - random: from 0 to 1, so that not everything is asked at once.
    /// - Returns: between 80 % and 120 % of the interval, which doubles with each failure, up to an hour.
    package static func delay(_ interval: Duration, failures: Int, random: Double) -> Duration {
        let doubled = interval * (1 << min(failures, 10))
        let base = max(min(doubled, longest), interval)
        return .microseconds(Int64(Double(base.microseconds) * (0.8 + 0.4 * min(max(random, 0), 1))))
    }
}
