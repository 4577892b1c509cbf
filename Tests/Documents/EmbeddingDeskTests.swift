import Storage
import Synchronization
import TestSupport
import Testing

@testable import Documents

/// An embedder that keeps what it was asked, and lets the test decide when and what it answers.
private final class RecordingEmbedder: Embedder {
    private let asked = Mutex<[[String]]>([])
    private let isOpen: Atomic<Bool>
    private let answer: @Sendable ([String]) throws(ProviderError) -> Int

    /// - Parameter answer: the tokens that a request is billed.
    init(isOpen: Bool = true, answer: @escaping @Sendable ([String]) throws(ProviderError) -> Int = { $0.count }) {
        self.isOpen = Atomic(isOpen)
        self.answer = answer
    }

    var requests: [[String]] { asked.withLock { $0 } }

    func open() { isOpen.store(true, ordering: .relaxed) }

    func embed(_ texts: [String], correlationID: String) async throws(ProviderError) -> Embeddings {
        asked.withLock { $0.append(texts) }
        _ = await eventually { isOpen.load(ordering: .relaxed) }
        let tokens = try answer(texts)
        return Embeddings(
            vectors: texts.map { [Float($0.utf8.count)] }, totalTokens: tokens, requestID: correlationID, model: "m")
    }
}

private struct OpenGate: EmbeddingGate {
    func enter(tokens: Int) async throws(ProviderError) -> Int { 0 }
    func leave(_ place: Int) async {}
}

@Suite(.timeLimit(.minutes(1))) struct `Embedding requests` {
    private func texts(_ count: Int, length: Int = 3) -> [String] {
        (0..<count).map { _ in String(repeating: "x", count: length) }
    }

    /// Orders of so many texts each, all of them waiting while the first three are under way.
    private func results(
        _ embedder: RecordingEmbedder, _ counts: [Int]
    ) async -> [Result<Embeddings, ProviderError>] {
        let desk = EmbeddingDesk(embedder: embedder, gate: OpenGate())
        return await withTaskGroup(of: (Int, Result<Embeddings, ProviderError>).self) { group in
            for (index, count) in counts.enumerated() {
                group.addTask {
                    do throws(ProviderError) {
                        let order = self.texts(count, length: index + 1)
                        return (index, .success(try await desk.embed(order, correlationID: "c\(index)")))
                    } catch { return (index, .failure(error)) }
                }
            }
            _ = await eventually { embedder.requests.count == EmbeddingRules.parallelRequests }
            _ = await eventually { desk.waitingCount == counts.count - EmbeddingRules.parallelRequests }
            embedder.open()
            var results = [Result<Embeddings, ProviderError>?](repeating: nil, count: counts.count)
            for await (index, result) in group { results[index] = result }
            return results.compactMap { $0 }
        }
    }

    @Test func `of several jobs are filled up, three at once, and each job gets its own vectors and its own tokens`()
        async throws
    {
        let embedder = RecordingEmbedder(isOpen: false) { texts throws(ProviderError) in texts.count * 7 + 1 }
        let counts = [Int](repeating: 10, count: 12)
        let answers = try await results(embedder, counts).map { try $0.get() }
        #expect(embedder.requests.count == 4, "three alone, the other nine together")
        #expect(embedder.requests.map(\.count).sorted() == [10, 10, 10, 90])
        for (index, answer) in answers.enumerated() {
            #expect(answer.vectors == [[Float]](repeating: [Float(index + 1)], count: 10))
        }
        #expect(answers.reduce(0) { $0 + $1.totalTokens } == 120 * 7 + 4, "no token lost, none twice")
        #expect(answers.contains { $0.requestID.split(separator: ",").count == 9 }, "each correlation id went along")
    }

    @Test func `never exceed a provider's inputs and tokens`() async throws {
        let embedder = RecordingEmbedder(isOpen: false)
        _ = try await results(embedder, [Int](repeating: 100, count: 9)).map { try $0.get() }
        #expect(embedder.requests.allSatisfy { $0.count <= EmbeddingRules.maximumInputs })
        #expect(embedder.requests.reduce(0) { $0 + $1.count } == 900)
        let desk = EmbeddingDesk(embedder: embedder, gate: OpenGate())
        let before = embedder.requests.count
        let large = try await desk.embed(texts(4, length: 9000), correlationID: "c")
        #expect(large.vectors.count == 4)
        #expect(embedder.requests.dropFirst(before).map(\.count) == [2, 2])
    }

    @Test func `that one job's text spoils are repeated for each job alone, and only that job fails`() async throws {
        let embedder = RecordingEmbedder(isOpen: false) { texts throws(ProviderError) in
            // The fifth order's texts are five bytes long.
            guard !texts.contains(where: { $0.utf8.count == 5 }) else {
                throw .rejected(provider: "openai", status: 400, message: "input")
            }
            return texts.count
        }
        let answers = await results(embedder, [Int](repeating: 2, count: 6))
        let failed = answers.indices.filter { index in
            if case .failure = answers[index] { return true }
            return false
        }
        #expect(failed == [4])
    }

    @Test func `that fail for all fail for all`() async throws {
        let embedder = RecordingEmbedder(isOpen: false) { _ throws(ProviderError) in
            throw .timeout(provider: "openai", seconds: 1)
        }
        let answers = await results(embedder, [Int](repeating: 1, count: 5))
        #expect(embedder.requests.count == 4)
        #expect(answers.allSatisfy { $0.isTimeout })
    }

    @Test func `that are cancelled while they wait cost nothing and hold up nobody`() async throws {
        let embedder = RecordingEmbedder(isOpen: false)
        let desk = EmbeddingDesk(embedder: embedder, gate: OpenGate())
        let first = (0..<3).map { number in
            Task { try await desk.embed(["a\(number)"], correlationID: "c") }
        }
        #expect(await eventually { embedder.requests.count == 3 })
        let waiting = Task { try await desk.embed(["b"], correlationID: "c") }
        #expect(await eventually { desk.waitingCount == 1 })
        waiting.cancel()
        await #expect(throws: ProviderError.self) { try await waiting.value }
        embedder.open()
        for task in first { #expect(try await task.value.vectors.count == 1) }
        #expect(embedder.requests.count == 3)
    }

    @Test(arguments: [
        (100, [1, 1, 1]), (7, [3, 3, 3]), (1, [5, 1]), (0, [2, 2]), (10, [0, 0]), (8000, [1, 7999]),
    ])
    func `are split without a remainder`(total: Int, weights: [Int]) {
        let parts = Embeddings.split(total, by: weights)
        #expect(parts.reduce(0, +) == total && parts.allSatisfy { $0 >= 0 })
        for (part, weight) in zip(parts, weights) where weights.reduce(0, +) > 0 {
            #expect(abs(Double(part) - Double(total * weight) / Double(weights.reduce(0, +))) < 1)
        }
    }
}

extension Result<Embeddings, ProviderError> {
    fileprivate var isTimeout: Bool {
        if case .failure(.timeout) = self { return true }
        return false
    }
}
