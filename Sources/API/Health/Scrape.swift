import Documents
import Logging
import OpenMetrics
import Storage
import Synchronization

/// Everything that this instance tells a scraper.
final class Scrape: Sendable {
    /// However many scrape, the environment's figures are read once in so many microseconds.
    static let figuresAreFresh: Int64 = 5_000_000

    private let identity: InstanceIdentity
    private let requests: RequestMetrics
    private let providers: ProviderWatch
    private let calls: MeasuredHTTP?
    private let database: MeasuredDatabase
    private let clock: MicrosecondClock
    private let logger: Logger
    private let known = Mutex<(at: Int64, figures: EnvironmentFigures)?>(nil)

    init(
        identity: InstanceIdentity, requests: RequestMetrics, providers: ProviderWatch, calls: MeasuredHTTP?,
        database: MeasuredDatabase, clock: @escaping MicrosecondClock, logger: Logger
    ) {
        self.identity = identity
        self.requests = requests
        self.providers = providers
        self.calls = calls
        self.database = database
        self.clock = clock
        self.logger = logger
    }

    /// When the database does not answer, its figures are left out.
    func text() async -> String {
        let figures = await figures()
        var text = OpenMetricsText()
        text.target(service: "api", identity: identity)
        requests.write(to: &text)
        calls?.write(to: &text)
        database.metrics.write(to: &text)
        text.breakers(providers.breakers)
        figures?.write(to: &text)
        return text.finished
    }

    private func figures() async -> EnvironmentFigures? {
        let now = clock()
        if let known = known.withLock({ $0 }), now - known.at < Self.figuresAreFresh { return known.figures }
        do {
            let figures = try await database.read { try EnvironmentFigures.read(now: now, on: $0) }
            known.withLock { $0 = (now, figures) }
            return figures
        } catch {
            logger.error("The environment's figures cannot be read.", metadata: ["reason": "\(LoggedCause(error))"])
            return nil
        }
    }
}
