/// What a service promises, over a window that moves with the clock.
package struct ObjectiveDefinition: Sendable, Equatable, Codable {
    package struct Latency: Sendable, Equatable, Codable {
        /// The part of requests that is to be faster, between 0 and 1.
        package var quantile: Double
        package var below: Duration

        package init(quantile: Double = 0.95, below: Duration) {
            self.quantile = quantile
            self.below = below
        }
    }

    package var service: String
    /// The part of requests (of jobs, for a service without traffic) that is to succeed, between 0 and 1; nil promises none.
    package var availability: Double?
    package var latency: Latency?
    /// From an hour to 90 days.
    package var window: Duration

    package static let usualWindow = Duration.seconds(30 * 86_400)

    package init(
        service: String, availability: Double? = nil, latency: Latency? = nil, window: Duration = usualWindow
    ) {
        self.service = service
        self.availability = availability
        self.latency = latency
        self.window = window
    }
}
