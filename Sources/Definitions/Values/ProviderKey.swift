/// What the beginning of a key says: who gave it out, and for what. Prefixes are those that the providers document, most of
/// them for GitHub's secret scanning.
struct ProviderKey: Equatable {
    enum Use: Equatable {
        /// May be shown to everybody.
        case publishable
        case secret
        /// Checks signatures of incoming calls.
        case webhook
    }

    /// In words: `Stripe`, `OpenAI`.
    var owner: String
    var use: Use = .secret
    /// Whether the key works on real data (true), or on a playground (false); nil when it does not say.
    var isLive: Bool?

    private static let shapes: [(prefix: String, shape: ProviderKey)] = [
        ("sk_live_", ProviderKey(owner: "Stripe", isLive: true)),
        ("sk_test_", ProviderKey(owner: "Stripe", isLive: false)),
        ("rk_live_", ProviderKey(owner: "Stripe", isLive: true)),
        ("rk_test_", ProviderKey(owner: "Stripe", isLive: false)),
        ("pk_live_", ProviderKey(owner: "Stripe", use: .publishable, isLive: true)),
        ("pk_test_", ProviderKey(owner: "Stripe", use: .publishable, isLive: false)),
        ("whsec_", ProviderKey(owner: "Stripe", use: .webhook)),
        ("sk-ant-", ProviderKey(owner: "Anthropic")), ("sk-or-", ProviderKey(owner: "OpenRouter")),
        ("sk-", ProviderKey(owner: "OpenAI")), ("llx-", ProviderKey(owner: "LlamaParse")),
        ("gsk_", ProviderKey(owner: "Groq")), ("hf_", ProviderKey(owner: "Hugging Face")),
        ("r8_", ProviderKey(owner: "Replicate")),
        ("pcsk_", ProviderKey(owner: "Pinecone")), ("xai-", ProviderKey(owner: "xAI")),
        ("AIza", ProviderKey(owner: "Google")),
        ("AKIA", ProviderKey(owner: "AWS")), ("ASIA", ProviderKey(owner: "AWS")),
        ("ghp_", ProviderKey(owner: "GitHub")), ("gho_", ProviderKey(owner: "GitHub")),
        ("ghs_", ProviderKey(owner: "GitHub")),
        ("github_pat_", ProviderKey(owner: "GitHub")), ("glpat-", ProviderKey(owner: "GitLab")),
        ("xoxb-", ProviderKey(owner: "Slack")), ("xoxp-", ProviderKey(owner: "Slack")),
        ("xapp-", ProviderKey(owner: "Slack")),
        ("SG.", ProviderKey(owner: "SendGrid")), ("npm_", ProviderKey(owner: "npm")),
        ("dop_v1_", ProviderKey(owner: "DigitalOcean")),
        ("sb_publishable_", ProviderKey(owner: "Supabase", use: .publishable)),
        ("sb_secret_", ProviderKey(owner: "Supabase")),
        ("sbp_", ProviderKey(owner: "Supabase")),
    ]

    /// By the first byte.
    private static let byFirst = Dictionary(grouping: shapes) { $0.prefix.utf8.first ?? 0 }

    /// The words in variables' names that stand for the owners whose keys are told apart by their beginnings.
    private static let names: [(words: Set<Substring>, owner: String)] = [
        (["STRIPE"], "Stripe"), (["ANTHROPIC", "CLAUDE"], "Anthropic"), (["OPENROUTER"], "OpenRouter"),
        (["OPENAI"], "OpenAI"), (["LLAMAPARSE", "LLAMACLOUD", "LLAMAINDEX"], "LlamaParse"), (["GROQ"], "Groq"),
        (["HUGGINGFACE", "HF"], "Hugging Face"), (["REPLICATE"], "Replicate"), (["PINECONE"], "Pinecone"),
        (["XAI"], "xAI"), (["GEMINI"], "Google"), (["GITHUB", "GH"], "GitHub"), (["GITLAB"], "GitLab"),
        (["SLACK"], "Slack"), (["SENDGRID"], "SendGrid"), (["SUPABASE"], "Supabase"),
    ]

    /// Nil for keys that do not tell.
    static func of(_ value: String) -> ProviderKey? {
        guard value.utf8.count >= 12, !value.utf8.contains(0x20) else { return nil }
        guard let first = value.utf8.first, let found = byFirst[first]?.first(where: { value.hasPrefix($0.prefix) })
        else { return nil }
        let isTelling = found.prefix.utf8.count > 3 || found.prefix.hasSuffix(".")
        return isTelling || hasBody(value.dropFirst(found.prefix.count)) ? found.shape : nil
    }

    /// Three characters alone may be chance; behind them these owners have letters and digits only, or a kind of key.
    private static func hasBody(_ body: Substring) -> Bool {
        ["proj-", "svcacct-", "admin-", "local-", "test-"].contains(where: body.hasPrefix)
            || body.utf8.allSatisfy { byte in
                (0x61...0x7A).contains(byte | 0x20) || (0x30...0x39).contains(byte) || byte == 0x2E
            }
    }

    /// Whose key a variable of this name holds, if its name says so.
    static func owner(named name: String) -> String? {
        let words = Set(name.uppercased().split(separator: "_"))
        return names.first { !$0.words.isDisjoint(with: words) }?.owner
    }

    private static let playground = [
        "sk_test_", "pk_test_", "rk_test_", "sk-test", "pk-test", "test_", "test-", "sandbox_", "sandbox-",
        "access-sandbox-", "sq0csb-", "sandbox-sq0", "sk-local", "llx-local", "whsec_test",
    ]
    private static let real = ["sk_live_", "pk_live_", "rk_live_", "live_", "access-production-", "sq0csp-"]

    /// The beginning by which a key says that it is for a playground, or for real data.
    static func stage(_ value: String) -> (beginning: String, isLive: Bool)? {
        let text = value.prefix(20).lowercased()
        if let beginning = playground.first(where: text.hasPrefix) { return (beginning, false) }
        return real.first(where: text.hasPrefix).map { ($0, true) }
    }
}
