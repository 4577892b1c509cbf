import FoundationEssentials
import HTTPClient

/// OpenAI's embeddings over their wire format, in batches, several at once.
package struct OpenAIClient: Embedder {
    package static let provider = "openai"
    private let requests: ProviderRequests
    private let timeout: Duration

    package init(endpoint: ProviderEndpoint, http: any HTTPSending, timeout: Duration = .seconds(30)) {
        requests = ProviderRequests(provider: Self.provider, endpoint: endpoint, http: http)
        self.timeout = timeout
    }

    package func embed(_ texts: [String], correlationID: String) async throws(ProviderError) -> Embeddings {
        let batches = EmbeddingBatches.split(texts)
        let outcome = await withTaskGroup(
            of: (Int, Result<Embeddings, ProviderError>).self, returning: Result<[Embeddings], ProviderError>.self
        ) { group in
            var answers = [Embeddings?](repeating: nil, count: batches.count)
            var next = 0
            func start() {
                guard next < batches.count else { return }
                let (index, batch) = (next, batches[next])
                next += 1
                group.addTask { (index, await self.request(batch, correlationID)) }
            }
            for _ in 0..<EmbeddingRules.parallelRequests { start() }
            while let (index, result) = await group.next() {
                switch result {
                case .success(let answer): answers[index] = answer
                case .failure(let error):
                    group.cancelAll()
                    return .failure(error)
                }
                start()
            }
            return .success(answers.compactMap { $0 })
        }
        return Embeddings.joined(try outcome.get())
    }

    private func request(_ batch: [String], _ correlationID: String) async -> Result<Embeddings, ProviderError> {
        do throws(ProviderError) {
            return .success(try await embedBatch(batch, correlationID))
        } catch { return .failure(error) }
    }

    private func embedBatch(_ batch: [String], _ correlationID: String) async throws(ProviderError) -> Embeddings {
        struct Question: Encodable {
            var model = EmbeddingRules.model
            var input: [String]
            var encoding_format = "float"
        }
        struct Answer: Decodable {
            struct Item: Decodable {
                var index: Int
                var embedding: [Float]
            }
            struct Usage: Decodable { var total_tokens: Int }
            var data: [Item]
            var usage: Usage
            var model: String
        }
        let body: Data
        do {
            body = try JSONEncoder().encode(Question(input: batch))
        } catch { throw .rejected(provider: Self.provider, status: 0, message: "the texts cannot be encoded") }
        let response = try await requests.send(
            "POST", "/v1/embeddings", correlationID: correlationID,
            headers: [(name: "Content-Type", value: "application/json")], body: .bytes(Array(body)), timeout: timeout)
        let answer = try requests.decode(Answer.self, from: response)
        let items = answer.data.sorted { $0.index < $1.index }
        guard items.map(\.index) == Array(batch.indices) else {
            throw .unusable(provider: Self.provider, detail: "\(items.count) vectors for \(batch.count) texts")
        }
        try EmbeddingRules.check(items.map(\.embedding), provider: Self.provider)
        return Embeddings(
            vectors: items.map(\.embedding), totalTokens: answer.usage.total_tokens,
            requestID: response.header("x-request-id") ?? "", model: answer.model)
    }
}

/// How texts are shared out among requests.
enum EmbeddingBatches {
    /// An estimate, rather too high.
    static func tokens(_ texts: [String]) -> Int { texts.reduce(0) { $0 + EmbeddingRules.estimatedTokens($1) } }

    /// Keeps the order; each batch has at most `maximumInputs` texts and `maximumTokens` estimated tokens, unless one
    /// text alone has more.
    static func split(_ texts: [String]) -> [[String]] {
        var batches: [[String]] = []
        var batch: [String] = []
        var tokens = 0
        for text in texts {
            let more = EmbeddingRules.estimatedTokens(text)
            if !batch.isEmpty,
                batch.count == EmbeddingRules.maximumInputs || tokens + more > EmbeddingRules.maximumTokens
            {
                batches.append(batch)
                (batch, tokens) = ([], 0)
            }
            batch.append(text)
            tokens += more
        }
        return batch.isEmpty ? batches : batches + [batch]
    }
}

extension EmbeddingRules {
    /// Refuses what is no embedding.
    static func check(_ vectors: [[Float]], provider: String) throws(ProviderError) {
        for vector in vectors {
            guard vector.count == dimensions else {
                throw .unusable(
                    provider: provider, detail: "a vector has \(vector.count) dimensions, not \(dimensions)")
            }
            guard vector.allSatisfy(\.isFinite) else {
                throw .unusable(provider: provider, detail: "a vector holds what is no number")
            }
            let zeros = vector.count { $0 == 0 }
            guard Double(zeros) <= maximumZeroShare * Double(dimensions) else {
                throw .unusable(provider: provider, detail: "\(zeros) of a vector's \(dimensions) values are zero")
            }
        }
    }
}
