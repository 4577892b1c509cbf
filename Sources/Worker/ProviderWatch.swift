import AsyncAlgorithms
import Documents
import ServiceLifecycle
import Synchronization

/// Asks the providers how they are, every 30 s and sooner while one is unwell, and remembers what they said.
final class ProviderWatch: Service {
    static let interval = 30
    static let unwellInterval = 5

    private let ask: @Sendable () async -> [String: ProviderHealth]
    private let waits: @Sendable (_ provider: String) -> Double?
    private let pulse: any Clock<Duration>
    private let known = Mutex<[String: ProviderHealth]?>(nil)

    /// - Parameters:
    ///   - ask: probes each provider once.
    ///   - waits: seconds until a provider's breaker admits a call; nil when it does.
    ///   - pulse: paces the looks.
    init(
        ask: @escaping @Sendable () async -> [String: ProviderHealth],
        waits: @escaping @Sendable (_ provider: String) -> Double?,
        pulse: any Clock<Duration> = ContinuousClock()
    ) {
        self.ask = ask
        self.waits = waits
        self.pulse = pulse
    }

    func run() async throws { await run(pulse) }

    private func run(_ pulse: some Clock<Duration>) async {
        await look()
        var seconds = 0
        for await _ in AsyncTimerSequence(interval: .seconds(1), clock: pulse).cancelOnGracefulShutdown() {
            seconds += 1
            guard seconds >= (isWell ? Self.interval : Self.unwellInterval) else { continue }
            seconds = 0
            await look()
        }
    }

    func look() async {
        let answer = await ask()
        known.withLock { $0 = answer }
    }

    private var isWell: Bool {
        known.withLock { $0?.values.allSatisfy(\.isHealthy) ?? false }
    }

    var checks: [String: HealthCheck] {
        guard let known = known.withLock({ $0 }) else {
            return ["providers": HealthCheck(ok: false, detail: "The providers have not been asked yet.")]
        }
        return known.reduce(into: [:]) { checks, entry in
            if let wait = waits(entry.key) {
                let detail = "It failed too often lately; it is tried again in \(Int(wait.rounded(.up))) s."
                checks[entry.key] = HealthCheck(ok: false, detail: detail)
            } else {
                checks[entry.key] = HealthCheck(ok: entry.value.isHealthy, detail: entry.value.reason)
            }
        }
    }
}
