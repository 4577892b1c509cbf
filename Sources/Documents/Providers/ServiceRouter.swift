import HTTPClient

/// The providers of one process, by mode, each behind its own breaker.
///
/// `real` calls the real one, `mock` the stand-in, `hybrid` the real one and, when that fails in a way that is not the
/// document's fault, the stand-in. What a stand-in made says so: its request id and model begin with `mock/`.
package struct ServiceRouter: Sendable {
    package let mode: ServiceMode
    package let parser: any DocumentParser
    package let embedder: any Embedder
    /// Of the providers that are asked first.
    package let breakers: [GuardedCalls]
    package let probe: ProviderProbe

    /// - Parameters:
    ///   - formFolder: where forms are written before they are sent.
    ///   - seconds: a clock that only goes forward, for the breakers.
    package init(
        settings: ProviderSettings, http: any HTTPSending, formFolder: String,
        seconds: @escaping @Sendable () -> Double = GuardedCalls.uptime
    ) {
        mode = settings.mode
        let parsing = GuardedCalls(provider: LlamaParseClient.provider, seconds: seconds)
        let embedding = GuardedCalls(provider: OpenAIClient.provider, seconds: seconds)
        func parser(_ endpoint: ProviderEndpoint) -> any DocumentParser {
            LlamaParseClient(endpoint: endpoint, http: http, formFolder: formFolder)
        }
        func embedder(_ endpoint: ProviderEndpoint) -> any Embedder { OpenAIClient(endpoint: endpoint, http: http) }
        self.parser = RoutedParser(
            calls: parsing, real: settings.llamaParse.real.map(parser), mock: settings.llamaParse.mock.map(parser))
        self.embedder = RoutedEmbedder(
            calls: embedding, real: settings.openAI.real.map(embedder), mock: settings.openAI.mock.map(embedder))
        breakers = [parsing, embedding]
        probe = ProviderProbe(settings: settings, http: http)
    }

    package func breaker(of provider: String) -> GuardedCalls? { breakers.first { $0.provider == provider } }
}

/// Marks what a stand-in made.
private let mockPrefix = "mock/"

struct RoutedParser: DocumentParser {
    let calls: GuardedCalls
    let real: (any DocumentParser)?
    let mock: (any DocumentParser)?

    func submit(_ order: ParseOrder, limit: Duration) async throws(ProviderError) -> ParseTicket {
        try await routed(calls, real, mock) { parser, isMock throws(ProviderError) in
            var ticket = try await parser.submit(order, limit: limit)
            ticket.isMock = isMock
            return ticket
        }
    }

    /// Asks whoever has the document. A stand-in behind a real provider has no breaker.
    func collect(
        _ ticket: ParseTicket, correlationID: String, limit: Duration
    ) async throws(ProviderError) -> ParsedDocument? {
        guard let parser = ticket.isMock ? mock : real else {
            throw .rejected(provider: calls.provider, status: 404, message: "it is not configured any more")
        }
        guard ticket.isMock else {
            return try await calls.call { () async throws(ProviderError) in
                try await parser.collect(ticket, correlationID: correlationID, limit: limit)
            }
        }
        var document = try await parser.collect(ticket, correlationID: correlationID, limit: limit)
        document?.requestID = ticket.text
        return document
    }
}

struct RoutedEmbedder: Embedder {
    let calls: GuardedCalls
    let real: (any Embedder)?
    let mock: (any Embedder)?

    func embed(_ texts: [String], correlationID: String) async throws(ProviderError) -> Embeddings {
        try await routed(calls, real, mock) { embedder, isMock throws(ProviderError) in
            var answer = try await embedder.embed(texts, correlationID: correlationID)
            if isMock {
                answer.requestID = mockPrefix + answer.requestID
                answer.model = mockPrefix + answer.model
            }
            return answer
        }
    }
}

/// The real provider behind its breaker, then the stand-in, as far as there are any.
private func routed<Provider: Sendable, Answer: Sendable>(
    _ calls: GuardedCalls, _ real: Provider?, _ mock: Provider?,
    _ ask: (Provider, Bool) async throws(ProviderError) -> Answer
) async throws(ProviderError) -> Answer {
    guard let real else {
        guard let mock else { throw .rejected(provider: calls.provider, status: 0, message: "it is not configured") }
        return try await calls.call { () async throws(ProviderError) in try await ask(mock, true) }
    }
    do throws(ProviderError) {
        return try await calls.call { () async throws(ProviderError) in try await ask(real, false) }
    } catch {
        guard let mock else { throw error }
        switch error {
        case .rejected, .unusable, .unprepared: throw error
        case .unavailable, .timeout, .rateLimited, .network, .interrupted, .unauthorized, .breakerOpen, .throttled:
            return try await ask(mock, true)
        }
    }
}
