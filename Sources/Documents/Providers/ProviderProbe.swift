import HTTPClient

/// How a provider does, as its own answer says.
package enum ProviderHealth: Sendable, Equatable {
    case healthy
    /// It answers, but not to us or not well; 401 and 403 among them.
    case unhealthy(String)
    /// It refuses the key, 401 or 403, which does not mend itself.
    case refused(String)

    package var isHealthy: Bool { self == .healthy }

    package var reason: String? {
        switch self {
        case .healthy: nil
        case .unhealthy(let reason), .refused(let reason): reason
        }
    }
}

/// Asks the providers how they are, with the key that is in use.
package struct ProviderProbe: Sendable {
    /// Below each provider's address: what answers a good key with 200 and a bad one with 401, and costs nothing.
    static let paths = [LlamaParseClient.provider: "/api/v1/projects", OpenAIClient.provider: "/v1/models"]

    private let requests: [(request: ProviderRequests, path: String)]

    package init(settings: ProviderSettings, http: any HTTPSending) {
        let endpoints = [
            (LlamaParseClient.provider, settings.llamaParse), (OpenAIClient.provider, settings.openAI),
        ]
        requests = endpoints.compactMap { provider, endpoints in
            guard let path = Self.paths[provider], let endpoint = endpoints.real ?? endpoints.mock else { return nil }
            return (ProviderRequests(provider: provider, endpoint: endpoint, http: http), path)
        }
    }

    /// One question to each provider, at most 5 s each, all at once.
    package func probe(correlationID: String) async -> [String: ProviderHealth] {
        await withTaskGroup(of: (String, ProviderHealth).self) { group in
            for (request, path) in requests {
                group.addTask { (request.provider, await Self.health(request, path, correlationID)) }
            }
            return await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
        }
    }

    private static func health(
        _ request: ProviderRequests, _ path: String, _ correlationID: String
    ) async -> ProviderHealth {
        do throws(ProviderError) {
            _ = try await request.send("GET", path, correlationID: correlationID, timeout: .seconds(5))
            return .healthy
        } catch {
            if case .unauthorized = error { return .refused(error.description) }
            return .unhealthy(error.description)
        }
    }
}
