import Synchronization

/// One provider's breaker, shared by everyone in this process who calls it.
package final class GuardedCalls: Sendable {
    package let provider: String
    private let breaker = Mutex(CircuitBreaker())
    private let seconds: @Sendable () -> Double

    /// - Parameter seconds: a clock that only goes forward.
    package init(provider: String, seconds: @escaping @Sendable () -> Double = GuardedCalls.uptime) {
        self.provider = provider
        self.seconds = seconds
    }

    /// Seconds since some moment before; never goes back.
    package static let uptime: @Sendable () -> Double = {
        let start = ContinuousClock.now
        return { (ContinuousClock.now - start).inSeconds }
    }()

    package var stateName: String { breaker.withLock { $0.name } }

    /// Nil while calls are admitted; otherwise the seconds until the next is. Changes nothing.
    package var waits: Double? {
        let now = seconds()
        return breaker.withLock { breaker in
            var copy = breaker
            return copy.admit(at: now)
        }
    }

    /// Makes a call unless the breaker is open, and learns from how it ends. What the provider refuses for a reason
    /// of ours (`rejected`, `unusable`) says nothing about its health; a refused key does.
    package func call<T: Sendable>(
        _ body: () async throws(ProviderError) -> T
    ) async throws(ProviderError) -> T {
        let start = seconds()
        if let wait = breaker.withLock({ $0.admit(at: start) }) {
            throw .breakerOpen(provider: provider, retryAfter: wait)
        }
        do throws(ProviderError) {
            let value = try await body()
            breaker.withLock { $0.succeeded() }
            return value
        } catch {
            let end = seconds()
            switch error {
            case .unavailable, .timeout, .network, .unauthorized: breaker.withLock { $0.failed(at: end) }
            case .rateLimited, .rejected, .breakerOpen, .unusable: break
            }
            throw error
        }
    }
}

extension Duration {
    package var inSeconds: Double {
        Double(components.seconds) + Double(components.attoseconds) / 1e18
    }
}
