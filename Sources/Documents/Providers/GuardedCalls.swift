import Synchronization

/// One provider's breaker, shared by everyone in this process who calls it.
package final class GuardedCalls: Sendable {
    package let provider: String
    private struct State {
        var breaker = CircuitBreaker()
        /// Until when the provider asked to be left alone (Retry-After), in the clock's seconds.
        var restsUntil = 0.0

        /// - Returns: nil to go ahead.
        mutating func admit(at now: Double) -> Double? {
            restsUntil > now ? restsUntil - now : breaker.admit(at: now)
        }
    }

    private let state = Mutex(State())
    private let seconds: @Sendable () -> Double

    /// - Parameter seconds: a clock that only goes forward.
    package init(provider: String, seconds: @escaping @Sendable () -> Double = GuardedCalls.uptime) {
        self.provider = provider
        self.seconds = seconds
    }

    /// Seconds that a Retry-After is honoured at most.
    static let longestRest = 300.0

    /// Seconds since some moment before; never goes back.
    package static let uptime: @Sendable () -> Double = {
        let start = ContinuousClock.now
        return { (ContinuousClock.now - start).inSeconds }
    }()

    package var stateName: String { state.withLock { $0.breaker.name } }

    /// Nil while calls are admitted; otherwise the seconds until the next is. Changes nothing.
    package var waits: Double? {
        let now = seconds()
        return state.withLock { state in
            var copy = state
            return copy.admit(at: now)
        }
    }

    /// Makes a call unless the breaker is open, and learns from how it ends. What the provider refuses for a reason
    /// of ours (`rejected`, `unusable`) says nothing about its health; a refused key does.
    package func call<T: Sendable>(
        _ body: () async throws(ProviderError) -> T
    ) async throws(ProviderError) -> T {
        let start = seconds()
        let (wait, rests) = state.withLock { state in (state.admit(at: start), state.restsUntil > start) }
        if let wait {
            throw rests
                ? .throttled(provider: provider, detail: "it asked to be left alone", retryAfter: wait)
                : .breakerOpen(provider: provider, retryAfter: wait)
        }
        do throws(ProviderError) {
            let value = try await body()
            state.withLock { $0.breaker.succeeded() }
            return value
        } catch {
            // Whoever breaks off a call has learned nothing about the provider.
            if !Task.isCancelled { learn(from: error) }
            throw error
        }
    }

    private func learn(from error: ProviderError) {
        let end = seconds()
        switch error {
        case .unavailable, .timeout, .network, .interrupted, .unauthorized:
            state.withLock { $0.breaker.failed(at: end) }
        case .rateLimited(_, let retryAfter):
            guard let retryAfter else { return }
            // A provider that asks for more is asked again all the same: it may have been restarted since.
            let until = end + min(max(retryAfter, 0), Self.longestRest)
            state.withLock { $0.restsUntil = max($0.restsUntil, until) }
        case .rejected, .breakerOpen, .throttled, .unusable, .unprepared: break
        }
    }
}

extension Duration {
    package var inSeconds: Double {
        Double(components.seconds) + Double(components.attoseconds) / 1e18
    }
}
