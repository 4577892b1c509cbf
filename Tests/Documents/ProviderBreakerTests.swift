import Documents
import Synchronization
import Testing

@Suite struct `Circuit breakers` {
    @Test func `five failures in a row open it, and a success in between starts anew`() {
        var breaker = CircuitBreaker()
        for _ in 0..<4 { breaker.failed(at: 0) }
        breaker.succeeded()
        for _ in 0..<4 { breaker.failed(at: 0) }
        #expect(breaker.admit(at: 0) == nil)
        breaker.failed(at: 10)
        #expect(breaker.state == .open(until: 70))
        #expect(breaker.admit(at: 30) == 40)
    }

    @Test func `after a minute it lets calls through, and three successes close it`() {
        var breaker = opened()
        #expect(breaker.admit(at: 60) == nil)
        #expect(breaker.state == .halfOpen(successes: 0))
        breaker.succeeded()
        breaker.succeeded()
        #expect(breaker.name == "half_open")
        breaker.succeeded()
        #expect(breaker.state == .closed(failures: 0))
    }

    @Test func `one failure while half open opens it again`() {
        var breaker = opened()
        _ = breaker.admit(at: 60)
        breaker.succeeded()
        breaker.failed(at: 61)
        #expect(breaker.state == .open(until: 121))
    }

    @Test func `an open breaker makes no call, and refusals of a document do not open it`() async {
        let time = Mutex(0.0)
        let calls = GuardedCalls(provider: "openai") { time.withLock { $0 } }
        let made = Mutex(0)
        func call(_ error: ProviderError) async -> ProviderError? {
            do throws(ProviderError) {
                try await calls.call { () async throws(ProviderError) in
                    made.withLock { $0 += 1 }
                    throw error
                }
                return nil
            } catch { return error }
        }
        for _ in 0..<10 { _ = await call(.rejected(provider: "openai", status: 400, message: "no")) }
        #expect(calls.waits == nil)
        for _ in 0..<5 { _ = await call(.unavailable(provider: "openai", detail: "503")) }
        #expect(
            await call(.unavailable(provider: "openai", detail: "503"))
                == .breakerOpen(provider: "openai", retryAfter: 60))
        #expect(made.withLock { $0 } == 15)
        time.withLock { $0 = 60 }
        #expect(calls.waits == nil)
    }

    private func opened() -> CircuitBreaker {
        var breaker = CircuitBreaker()
        for _ in 0..<5 { breaker.failed(at: 0) }
        return breaker
    }

    @Test(arguments: [(true, "closed"), (false, "open")])
    func `calls that were broken off from here say nothing about the provider`(isOurs: Bool, state: String) async {
        let calls = GuardedCalls(provider: "test", seconds: { 0 })
        for _ in 0..<CircuitBreaker.failureThreshold {
            await Task {
                if isOurs { withUnsafeCurrentTask { $0?.cancel() } }
                do throws(ProviderError) {
                    _ = try await calls.call { () async throws(ProviderError) -> Int in
                        throw .interrupted(provider: "test", detail: "the call was cancelled")
                    }
                } catch {}
            }.value
        }
        #expect(calls.stateName == state)
    }
}
