import Documents
import ServiceLifecycle
import Synchronization
import TestSupport
import Testing

@testable import Worker

@Suite(.timeLimit(.minutes(1))) struct `The worker's look at its providers` {
    /// Says how the provider is, and counts who asks.
    private final class Provider: Sendable {
        private let state = Mutex((asked: 0, health: ProviderHealth.healthy))

        var asked: Int { state.withLock { $0.asked } }
        func becomes(_ health: ProviderHealth) { state.withLock { $0.health = health } }
        func answer() -> [String: ProviderHealth] {
            state.withLock { state in
                state.asked += 1
                return ["openai": state.health]
            }
        }
    }

    private func running(_ body: (Provider, ProviderWatch, Pulse) async throws -> Void) async throws {
        let (provider, pulse) = (Provider(), Pulse())
        let watch = ProviderWatch(ask: { provider.answer() }, waits: { _ in nil }, pulse: pulse)
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await watch.run() }
            try await pulse.settle(1)
            try await body(provider, watch, pulse)
            tasks.cancelAll()
            try await tasks.waitForAll()
        }
    }

    @Test func `comes every 30 seconds`() async throws {
        try await running { provider, _, pulse in
            #expect(provider.asked == 1, "at once")
            for second in 1...90 {
                try await pulse.advance(by: .seconds(1))
                #expect(provider.asked == 1 + second / 30, "after \(second) s")
            }
        }
    }

    @Test func `comes every 5 seconds while one is unwell, and tells what it saw`() async throws {
        try await running { provider, watch, pulse in
            provider.becomes(.unhealthy("it answers with 500"))
            for _ in 1...30 { try await pulse.advance(by: .seconds(1)) }
            #expect(provider.asked == 2)
            #expect(watch.checks["openai"] == HealthCheck(ok: false, detail: "it answers with 500"))
            for second in 1...10 {
                try await pulse.advance(by: .seconds(1))
                #expect(provider.asked == 2 + second / 5, "\(second) s later")
            }
            provider.becomes(.healthy)
            for _ in 1...5 { try await pulse.advance(by: .seconds(1)) }
            #expect(watch.checks["openai"]?.ok == true)
            for _ in 1...29 { try await pulse.advance(by: .seconds(1)) }
            #expect(provider.asked == 5, "it is left alone again")
        }
    }
}
