import Contract

/// Which providers answer: the real ones, stand-ins, or the real ones with stand-ins behind them.
package enum ServiceMode: String, Sendable, CaseIterable {
    case real, mock, hybrid
}

/// How a provider is reached.
package struct ProviderEndpoint: Sendable, Equatable {
    package var url: String
    package var key: Credential

    package init(url: String, key: Credential) {
        self.url = url
        self.key = key
    }
}

/// A provider's real address and its stand-in's, as far as the mode reads them.
package struct ProviderEndpoints: Sendable, Equatable {
    package var real: ProviderEndpoint?
    package var mock: ProviderEndpoint?

    package init(real: ProviderEndpoint?, mock: ProviderEndpoint?) {
        self.real = real
        self.mock = mock
    }
}

package struct ProviderSettings: Sendable {
    package var mode: ServiceMode
    package var llamaParse: ProviderEndpoints
    package var openAI: ProviderEndpoints

    init(from reader: inout SettingsReader) {
        let text = reader.text(
            "SERVICE_MODE", "which providers answer: real, mock (stand-ins) or hybrid (stand-ins on failure)",
            default: "real", allowed: ServiceMode.allCases.map(\.rawValue), former: ["SERVICE_MODE"],
            forbidden: ["production": ["mock", "hybrid"]], agreesOn: "service mode")
        mode = text.flatMap(ServiceMode.init) ?? .real
        llamaParse = Self.endpoints(
            "LLAMAPARSE", "https://api.cloud.llamaindex.ai", formerKeys: ["LLAMACLOUD_API_KEY", "LLAMAPARSE_API_KEY"],
            from: &reader)
        openAI = Self.endpoints("OPENAI", "https://api.openai.com", formerKeys: ["OPENAI_API_KEY"], from: &reader)
    }

    private static func endpoints(
        _ name: String, _ address: String, formerKeys: [String], from reader: inout SettingsReader
    ) -> ProviderEndpoints {
        let mode = SettingsReader.prefix + "SERVICE_MODE"
        let real = VariableCondition(variable: mode, values: ["real", "hybrid"])
        let mock = VariableCondition(variable: mode, values: ["mock", "hybrid"])
        let key = reader.secret(
            "\(name)_API_KEY", "\(name)'s API key", format: .apiKey, former: formerKeys, readWhen: real)
        let url = reader.url(
            "\(name)_URL", "\(name)'s address", default: address, former: ["\(name)_BASE_URL"], readWhen: real)
        let mockURL = reader.url(
            "\(name)_MOCK_URL", "the address of \(name)'s stand-in", required: true, readWhen: mock)
        return ProviderEndpoints(
            real: key.flatMap { key in url.map { ProviderEndpoint(url: $0, key: key) } },
            mock: mockURL.map { ProviderEndpoint(url: $0, key: Credential("stand-in")) })
    }
}
