import Contract
import Documents
import Testing

@Suite struct `Settings of the pipeline` {
    @Test func `everything that is missing is named in one sentence`() {
        let error = #expect(throws: SettingsError.self) { try APISettings.load(module: "api", environment: [:]) }
        for name in ["ENVIRONMENT", "DATABASE_URL", "STORAGE", "JWT_SECRET", "OPENAI_API_KEY", "LLAMAPARSE_API_KEY"] {
            #expect(error?.description.contains("UPLOAD_PIPELINE_\(name) is missing") == true, "\(name)")
        }
        #expect(error?.description.contains("\n") == false)
    }

    @Test func `a former name says what to rename it to`() throws {
        let error = problems(["JWT_SECRET": ""], raw: ["SUPABASE_JWT_SECRET": String(repeating: "s", count: 40)])
        #expect(error.contains("SUPABASE_JWT_SECRET, which is set, is its former name"))
    }

    @Test(arguments: [
        ("PORT", "0", "whole number from 1"), ("SERVICE_MODE", "fake", "must be one of real, mock, hybrid"),
        ("JWT_SECRET", "short", "less than 256 bits"), ("JWT_SECRET", "a:short,b:short", "key a"),
        ("STORAGE", "s3:x", "disk:PATH"),
        ("OPENAI_URL", "nowhere", "http://"),
        ("DATABASE_URL", "mysql://x", "sqlite: or postgresql"), ("ACCESS_TOKEN_TTL", "soon", "duration"),
        ("DRILL_ERROR_RATE", "1.5", "from 0 to 1"),
    ])
    func `a wrong value is refused with a reason`(_ name: String, _ value: String, _ reason: String) {
        let error = problems([name: value])
        #expect(error.contains("UPLOAD_PIPELINE_\(name)"))
        #expect(error.contains(reason), "\(error)")
    }

    @Test func `no error shows a secret`() {
        let error = problems(["JWT_SECRET": "canary-1", "DATABASE_URL": "canary-2"])
        #expect(!error.isEmpty)
        #expect(!error.contains("canary"))
    }

    @Test(arguments: [
        ("SERVICE_MODE", "hybrid"), ("DRILL_NOT_READY", "true"), ("DRILL_ERROR_RATE", "0"),
        ("CORS_ORIGINS", "https://a.b,*"),
        ("ALLOWED_HOSTS", "*"),
    ])
    func `production refuses stand-ins, drills and wildcards`(_ name: String, _ value: String) {
        #expect(problems(["ENVIRONMENT": "production", name: value]).contains("UPLOAD_PIPELINE_\(name)"))
        #expect(problems(["ENVIRONMENT": "production"]).isEmpty)
    }

    @Test func `stand-ins are read only in the modes that use them`() throws {
        #expect(problems(["SERVICE_MODE": "mock"]).contains("OPENAI_MOCK_URL is missing"))
        let mock = try load([
            "SERVICE_MODE": "mock", "OPENAI_MOCK_URL": "http://a:1", "LLAMAPARSE_MOCK_URL": "http://a:2/",
            "OPENAI_API_KEY": "", "LLAMAPARSE_API_KEY": "",
        ])
        #expect(mock.common.providers.openAI.real == nil)
        #expect(mock.common.providers.llamaParse.mock?.url == "http://a:2")
        #expect(try load(["OPENAI_MOCK_URL": "http://a:1"]).common.providers.openAI.mock == nil)
    }

    @Test func `keys are a set by kid, and a bare secret is the default one`() throws {
        let secret = String(repeating: "s", count: 32)
        #expect(try load(["JWT_SECRET": secret]).tokens.keys?.keys.map(\.id) == ["default"])
        #expect(try load(["JWT_SECRET": "new:\(secret),old:\(secret)"]).tokens.keys?.keys.map(\.id) == ["new", "old"])
    }

    @Test func `what OpenAI allows is the account's, and never less than one request's tokens`() throws {
        func worker(_ changes: [String: String]) throws -> ProviderAllowance {
            try WorkerSettings.load(
                module: "worker", environment: variables(changes.merging(["JWT_SECRET": ""]) { $1 })
            ).embeddings
        }
        #expect(try worker([:]) == .embeddings)
        let more = try worker(["OPENAI_REQUESTS_PER_MINUTE": "10000", "OPENAI_TOKENS_PER_MINUTE": "5000000"])
        #expect(more.requestsPerMinute == 10_000 && more.tokensPerMinute == 5_000_000)
        #expect(throws: SettingsError.self) { try worker(["OPENAI_TOKENS_PER_MINUTE": "7999"]) }
    }

    @Test func `what a module declares is what it reads, each name once and with its prefix`() {
        for contract in [PipelineContracts.api, PipelineContracts.worker] {
            let names = contract.variables.map(\.name)
            #expect(Set(names).count == names.count)
            #expect(names.allSatisfy { $0.hasPrefix("UPLOAD_PIPELINE_") })
            #expect(contract.variables.allSatisfy { !($0.required && $0.defaultValue != nil) })
        }
    }

    private func variables(_ changes: [String: String]) -> [String: String] {
        [
            "ENVIRONMENT": "dev", "DATABASE_URL": "sqlite:x", "STORAGE": "disk:y", "OPENAI_API_KEY": "k",
            "LLAMAPARSE_API_KEY": "k", "JWT_SECRET": String(repeating: "s", count: 32),
        ].merging(changes) { $1 }.filter { !$0.value.isEmpty }
            .reduce(into: [:]) { $0["UPLOAD_PIPELINE_" + $1.key] = $1.value }
    }

    private func load(_ changes: [String: String]) throws -> APISettings {
        try APISettings.load(module: "api", environment: variables(changes))
    }

    private func problems(_ changes: [String: String], raw: [String: String] = [:]) -> String {
        do {
            _ = try APISettings.load(module: "api", environment: variables(changes).merging(raw) { $1 })
            return ""
        } catch { return error.description }
    }
}
