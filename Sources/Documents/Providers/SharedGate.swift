import Storage

/// The gate that all processes of an environment share, through its database.
package struct SharedGate: EmbeddingGate {
    /// Longer than any request takes; after it, the place of a process that was killed is free again.
    static let lifetime: Int64 = 60_000_000
    /// Between two looks whether a place is free. Nobody announces that: a notification costs more than a look.
    static let look = Duration.milliseconds(100)
    /// A worker that has not got in by then gives its job back.
    package static let patience = Duration.seconds(90)

    private let database: any Database
    private let allowance: ProviderAllowance
    private let holder: String
    private let patience: Int64
    private let now: MicrosecondClock
    private let report: @Sendable (String) -> Void
    private let pause: @Sendable (Duration) async throws -> Void

    /// - Parameters:
    ///   - holder: this process.
    ///   - patience: how long somebody waits to get in.
    ///   - report: told when a place cannot be given back; it is free again after its lifetime.
    ///   - pause: lets so much time pass.
    package init(
        database: any Database, allowance: ProviderAllowance = .embeddings, holder: String,
        patience: Duration = SharedGate.patience, now: @escaping MicrosecondClock,
        report: @escaping @Sendable (String) -> Void,
        pause: @escaping @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) }
    ) {
        self.database = database
        self.allowance = allowance
        self.holder = holder
        self.patience = patience.microseconds
        self.now = now
        self.report = report
        self.pause = pause
    }

    package func enter(tokens: Int) async throws(ProviderError) -> Int {
        let start = now()
        while true {
            let wait: Duration
            switch try await ask(tokens) {
            case .admitted(let place): return place
            case .full: wait = Self.look
            case .wait(let left): wait = .microseconds(left)
            }
            guard now() - start + wait.microseconds <= patience else {
                throw .throttled(
                    provider: allowance.provider, detail: "its limits are used up", retryAfter: max(1, wait.inSeconds))
            }
            do { try await pause(wait) } catch {
                throw .network(provider: allowance.provider, detail: "the call was cancelled")
            }
        }
    }

    private func ask(_ tokens: Int) async throws(ProviderError) -> ProviderLimits.Decision {
        let (allowance, holder, now) = (allowance, holder, now())
        do {
            return try await database.write { connection in
                try ProviderLimits.enter(
                    allowance, tokens: tokens, holder: holder, lifetime: Self.lifetime, now: now, on: connection)
            }
        } catch {
            // Nothing was asked of the provider: the job goes back untouched.
            throw .throttled(
                provider: allowance.provider, detail: "its limits cannot be looked up: \(error)", retryAfter: 3)
        }
    }

    package func leave(_ place: Int) async {
        let (provider, holder) = (allowance.provider, holder)
        do {
            try await Task {
                try await database.write { try ProviderLimits.leave(provider, place: place, holder: holder, on: $0) }
            }.value
        } catch { report("a place at \(provider) is taken for longer than it need be: \(error)") }
    }
}
