import Synchronization

/// Who may ask the embedding provider now, over all processes of an environment.
package protocol EmbeddingGate: Sendable {
    /// Waits until a request of so many tokens is allowed.
    /// - Throws: `ProviderError.throttled` when it would take too long; that is no attempt.
    func enter(tokens: Int) async throws(ProviderError) -> Int

    /// The request is over.
    /// - Parameter place: what `enter` gave.
    func leave(_ place: Int) async
}

/// Fills embedding requests up to the limits with the texts of whoever asks at the same time, `EmbeddingRules.parallelRequests`
/// requests at once. Under load requests grow; without, nobody waits for company.
///
/// What a shared request cost is split by the texts' lengths into whole tokens, none lost and none counted twice.
package final class EmbeddingDesk: Embedder {
    private struct Order {
        let id: Int
        let texts: [String]
        let tokens: Int
        let correlationID: String
        /// A request that several share goes by the trace of the oldest.
        let trace: TraceContext?
    }

    private typealias Answer = Result<Embeddings, ProviderError>

    private struct State {
        var waiting: [Order] = []
        /// Who waits for the answer to an order; nobody, once it was cancelled.
        var askers: [Int: CheckedContinuation<Answer, Never>] = [:]
        var inFlight = 0
        var next = 0
    }

    private let embedder: any Embedder
    private let gate: any EmbeddingGate
    private let state = Mutex(State())

    package init(embedder: any Embedder, gate: any EmbeddingGate) {
        self.embedder = embedder
        self.gate = gate
    }

    package func embed(_ texts: [String], correlationID: String) async throws(ProviderError) -> Embeddings {
        var answers: [Embeddings] = []
        for batch in EmbeddingBatches.split(texts) { answers.append(try await order(batch, correlationID).get()) }
        return Embeddings.joined(answers)
    }

    private func order(_ texts: [String], _ correlationID: String) async -> Answer {
        let id = state.withLock { state in
            state.next += 1
            return state.next
        }
        let order = Order(
            id: id, texts: texts, tokens: EmbeddingBatches.tokens(texts), correlationID: correlationID,
            trace: TraceContext.current)
        return await withTaskCancellationHandler {
            await withCheckedContinuation { asker in
                guard !Task.isCancelled else { return asker.resume(returning: .failure(Self.cancelled)) }
                state.withLock { state in
                    state.askers[id] = asker
                    state.waiting.append(order)
                }
                dispatch()
            }
        } onCancel: {
            state.withLock { $0.waiting.removeAll { $0.id == id } }
            answer(id, .failure(Self.cancelled))
        }
    }

    private static let cancelled = ProviderError.network(
        provider: OpenAIClient.provider, detail: "the call was cancelled")

    private func answer(_ id: Int, _ answer: Answer) {
        state.withLock { $0.askers.removeValue(forKey: id) }?.resume(returning: answer)
    }

    /// Orders that no request has taken yet.
    var waitingCount: Int { state.withLock { $0.waiting.count } }

    private func dispatch() {
        while let orders = take() {
            Task {
                await fulfil(orders)
                state.withLock { $0.inFlight -= 1 }
                dispatch()
            }
        }
    }

    /// The oldest order, and whatever fits beside it.
    private func take() -> [Order]? {
        state.withLock { state in
            guard state.inFlight < EmbeddingRules.parallelRequests, !state.waiting.isEmpty else { return nil }
            var (taken, left): ([Order], [Order]) = ([], [])
            var (inputs, tokens) = (0, 0)
            for order in state.waiting {
                let fits =
                    inputs + order.texts.count <= EmbeddingRules.maximumInputs
                    && tokens + order.tokens <= EmbeddingRules.maximumTokens
                guard taken.isEmpty || fits else {
                    left.append(order)
                    continue
                }
                taken.append(order)
                inputs += order.texts.count
                tokens += order.tokens
            }
            state.waiting = left
            state.inFlight += 1
            return taken
        }
    }

    private func fulfil(_ orders: [Order]) async {
        do throws(ProviderError) {
            let embeddings = try await ask(orders)
            for (order, share) in zip(orders, embeddings.shared(among: orders.map(\.texts))) {
                self.answer(order.id, .success(share))
            }
        } catch {
            guard orders.count > 1, error.mayBeOneTexts else {
                return orders.forEach { answer($0.id, .failure(error)) }
            }
            for order in orders { await fulfilAlone(order, isBilledTwice: error.isBilled) }
        }
    }

    /// One order's text may have spoiled it for all: each is asked for by itself. What the spoiled request cost is added as
    /// far as one knows it.
    private func fulfilAlone(_ order: Order, isBilledTwice: Bool) async {
        do throws(ProviderError) {
            var embeddings = try await ask([order])
            if isBilledTwice { embeddings.totalTokens += order.tokens }
            answer(order.id, .success(embeddings))
        } catch { answer(order.id, .failure(error)) }
    }

    private func ask(_ orders: [Order]) async throws(ProviderError) -> Embeddings {
        let place = try await gate.enter(tokens: orders.reduce(0) { $0 + $1.tokens })
        let ids = orders.map(\.correlationID)
        let result = await TraceContext.$current.withValue(orders.first?.trace) { () async -> Answer in
            do throws(ProviderError) {
                return .success(
                    try await embedder.embed(orders.flatMap(\.texts), correlationID: ids.joined(separator: ",")))
            } catch { return .failure(error) }
        }
        await gate.leave(place)
        return try result.get()
    }
}

extension ProviderError {
    /// Whether one text among several may be the reason.
    var mayBeOneTexts: Bool {
        switch self {
        case .rejected, .unusable: true
        case .unavailable, .timeout, .rateLimited, .network, .interrupted, .unprepared, .unauthorized, .breakerOpen,
            .throttled:
            false
        }
    }
}

extension Embeddings {
    static func joined(_ answers: [Embeddings]) -> Embeddings {
        Embeddings(
            vectors: answers.flatMap(\.vectors), totalTokens: answers.reduce(0) { $0 + $1.totalTokens },
            requestID: answers.map(\.requestID).joined(separator: ","),
            model: answers.first?.model ?? EmbeddingRules.model)
    }

    /// Each group's own vectors, and its share of the tokens.
    func shared(among groups: [[String]]) -> [Embeddings] {
        let tokens = Self.split(totalTokens, by: groups.map(EmbeddingRules.mostTokens))
        var rest = vectors[...]
        return zip(groups, tokens).map { group, tokens in
            defer { rest = rest.dropFirst(group.count) }
            return Embeddings(
                vectors: Array(rest.prefix(group.count)), totalTokens: tokens, requestID: requestID, model: model)
        }
    }

    /// Whole parts in proportion to `weights` that add up to `total` (largest remainders; ties to the first).
    static func split(_ total: Int, by weights: [Int]) -> [Int] {
        let sum = weights.reduce(0, +)
        guard sum > 0 else { return weights.indices.map { $0 == 0 ? total : 0 } }
        var parts = weights.map { total * $0 / sum }
        let byRemainder = weights.indices.sorted { first, second in
            let (a, b) = (total * weights[first] % sum, total * weights[second] % sum)
            return a == b ? first < second : a > b
        }
        for index in byRemainder.prefix(total - parts.reduce(0, +)) { parts[index] += 1 }
        return parts
    }
}
