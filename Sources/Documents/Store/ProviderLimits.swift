import Storage

/// What one provider allows, to all processes of an environment together.
package struct ProviderAllowance: Sendable, Equatable {
    package var provider: String
    package var parallel: Int
    package var requestsPerMinute: Int
    package var tokensPerMinute: Int

    package static let embeddings = ProviderAllowance(
        provider: OpenAIClient.provider, parallel: EmbeddingRules.parallelRequests, requestsPerMinute: 3500,
        tokensPerMinute: 90_000)

    /// OpenAI's, which grow with what an account has spent.
    package init(embeddingsFrom reader: inout SettingsReader) {
        self = .embeddings
        requestsPerMinute =
            reader.integer(
                "OPENAI_REQUESTS_PER_MINUTE", "how many requests a minute OpenAI allows this account",
                default: requestsPerMinute, minimum: 1, maximum: 1_000_000) ?? requestsPerMinute
        tokensPerMinute =
            reader.integer(
                "OPENAI_TOKENS_PER_MINUTE", "how many tokens a minute OpenAI allows this account",
                default: tokensPerMinute, minimum: 8_000, maximum: 1_000_000_000) ?? tokensPerMinute
    }

    package init(provider: String, parallel: Int, requestsPerMinute: Int, tokensPerMinute: Int) {
        self.provider = provider
        self.parallel = parallel
        self.requestsPerMinute = requestsPerMinute
        self.tokensPerMinute = tokensPerMinute
    }
}

/// Places at a provider, and counts by the minute, in the database.
package enum ProviderLimits {
    package enum Decision: Sendable, Equatable {
        /// One of the places; it is free again when it is given back, or at its end.
        case admitted(place: Int)
        /// All places are taken.
        case full
        /// The minute's requests or tokens are used up; microseconds until the next one.
        case wait(Int64)
    }

    private static let minute: Int64 = 60_000_000

    /// Takes a place for one request, and counts it. A request that is larger than a minute's tokens has a minute to itself.
    /// - Parameters:
    ///   - holder: gives the place back.
    ///   - lifetime: microseconds after which the place is free whatever happens.
    package static func enter(
        _ allowance: ProviderAllowance, tokens: Int, holder: String, lifetime: Int64, now: Int64,
        on connection: any Connection
    ) throws -> Decision {
        let taken = try connection.query(
            "SELECT place FROM provider_places WHERE provider = ? AND expires_at > ?", [allowance.provider, now]
        ).map { row in try row.get("place", as: Int.self) }
        guard let place = (0..<allowance.parallel).first(where: { !taken.contains($0) }) else { return .full }
        let requests = try count("requests", allowance, now, connection)
        let used = try count("tokens", allowance, now, connection)
        guard requests < allowance.requestsPerMinute, used == 0 || used + tokens <= allowance.tokensPerMinute else {
            return .wait(minute - now % minute)
        }
        try connection.execute(
            """
            INSERT INTO provider_places (provider, place, holder, expires_at) VALUES (?, ?, ?, ?)
            ON CONFLICT (provider, place) DO UPDATE SET holder = excluded.holder, expires_at = excluded.expires_at
            """, [allowance.provider, place, holder, now + lifetime])
        for (what, amount) in [("requests", 1), ("tokens", tokens)] {
            _ = try RequestLimits.reserve(
                name(what, allowance), amount: amount, limit: .max, window: minute, now: now, on: connection)
        }
        return .admitted(place: place)
    }

    package static func leave(
        _ provider: String, place: Int, holder: String, on connection: any Connection
    ) throws {
        try connection.execute(
            "DELETE FROM provider_places WHERE provider = ? AND place = ? AND holder = ?", [provider, place, holder])
    }

    private static func name(_ what: String, _ allowance: ProviderAllowance) -> String {
        "provider:\(allowance.provider):\(what)"
    }

    private static func count(
        _ what: String, _ allowance: ProviderAllowance, _ now: Int64, _ connection: any Connection
    ) throws -> Int {
        try connection.query(
            "SELECT count FROM request_counts WHERE name = ? AND window_start = ?",
            [name(what, allowance), now - now % minute]
        ).first?.get("count") ?? 0
    }
}
