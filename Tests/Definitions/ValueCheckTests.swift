import Contract
import Definitions
import TestSupport
import Testing

/// One value, where it is used, and the rules that must speak of it: all of them, or none.
struct Sample: Sendable, CustomTestStringConvertible {
    var name: String
    var value: String
    var kind = EnvironmentKind.production
    var format: ValueFormat?
    var role: String?
    var type = VariableKind.string
    var secret = true
    var rules: [String]
    /// Words that message or fix must have.
    var words = ""

    static let now = 1_783_000_000

    init(
        _ name: String, _ value: String, in kind: EnvironmentKind = .production, as format: ValueFormat? = nil,
        role: String? = nil, type: VariableKind = .string, secret: Bool = true, _ rules: [String], _ words: String = ""
    ) {
        self.name = name
        self.value = value
        self.kind = kind
        self.format = format
        self.role = role
        self.type = type
        self.secret = secret
        self.rules = rules
        self.words = words
    }

    var testDescription: String { "\(kind.rawValue) \(name)=\(value.debugDescription)" }

    private static let checks: [EnvironmentKind: ValueCheck] = [
        .development: check("dev", .development), .staging: check("staging", .staging),
        .production: check("production", .production),
    ]

    private static func check(_ name: String, _ kind: EnvironmentKind) -> ValueCheck {
        ValueCheck(environment: name, kind: kind, otherEnvironments: ["dev", "staging", "production"], now: now)
    }

    func flaws() -> [ValueFlaw] {
        let declaration = VariableDeclaration(
            name: name, kind: type, summary: "what it is", secret: secret, format: format, role: role)
        return Self.checks[kind]?.flaws(name: name, value: value, declarations: [declaration], isSecret: secret) ?? []
    }

    /// A token with these claims and a signature of nothing.
    static func token(_ claims: String) -> String {
        func part(_ text: String) -> String {
            let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
            var result = ""
            var bits = 0
            var count = 0
            for byte in text.utf8 {
                bits = (bits << 8 | Int(byte)) & 0xFFFF
                count += 8
                while count >= 6 {
                    count -= 6
                    result.append(digits[bits >> count & 63])
                }
            }
            if count > 0 { result.append(digits[bits << (6 - count) & 63]) }
            return result
        }
        return "\(part(#"{"alg":"HS256","typ":"JWT"}"#)).\(part(claims)).c2lnbmF0dXJlLW9mLW5vdGhpbmc"
    }

    static let strong = "9fQ2vXr7LwT5kZ8mB1cN4hJ6yD3sG0pA7eRuWqKi"
    static let dsn = "postgresql://app:9fQ2vXr7LwT5kZ8mB1cN@db.tidegate.dev:5432/documents?sslmode=verify-full"
}

@Suite(.timeLimit(.minutes(5)))
struct ValueCheckTests {
    @Test(
        arguments: Sample.placeholders + Sample.characters + Sample.weak + Sample.keys + Sample.hosts + Sample.addresses
    )
    func `a value has the flaws that it has, and no others`(sample: Sample) {
        let flaws = sample.flaws()
        #expect(flaws.map(\.rule) == sample.rules, "\(flaws)")
        for flaw in flaws {
            #expect(flaw.message.hasSuffix(".") && flaw.fix.hasSuffix("."), "\(flaw)")
            if sample.secret, sample.value.utf8.count > 12 { #expect(!"\(flaw)".contains(sample.value), "\(flaw)") }
        }
        let said = flaws.map { "\($0.message) \($0.fix)" }.joined(separator: " ")
        #expect(said.contains(sample.words), "\(said)")
    }
}

extension Sample {
    static let placeholders: [Sample] =
        [
            "changeme", "CHANGE_ME", "change-me-please", "change_this_in_production", "REPLACE_ME",
            "replace-this-value",
            "<production_key>", "<your key>", "your-key", "your_openai_api_key_here", "YOUR_SECRET", "your-secret-key",
            "sk-your-openai-key", "llx-your-api-key", "xxx", "XXXXXXXX", "sk-xxxxxxxxxxxxxxxx", "llx-xxxx", "****",
            "......",
            "test-key", "test_key", "TODO", "todo: ask ops", "tbd", "FIXME", "placeholder", "sk-placeholder",
            "${OPENAI_KEY}",
            "${OPENAI_KEY:-none}", "$OPENAI_KEY", "{{ openai_key }}", "%OPENAI_KEY%", "__OPENAI_KEY__",
            "[YOUR-PASSWORD]",
            "insert-your-key-here", "paste-key-here", "enter_your_token", "password", "secret", "none", "null",
            "undefined",
            "dummy-key", "fake_key", "sample-token", "example-api-key", "sk-...", "eyJ…", "my-secret", "12345678",
            "abc123",
            "super-secret-jwt-token-with-at-least-32-characters-long", "your-256-bit-secret",
            "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
            "sk-test-key", "api-key", "s3cr3t", "letmein",
        ].map { Sample("API_KEY", $0, in: .staging, ["secret.placeholder"]) }
        + ["changeme", "<key>", "your-key", "${KEY}", "xxx"].map {
            Sample("API_KEY", $0, in: .development, ["secret.placeholder"])
        }
        + [
            "https://your-project.supabase.co", "https://yourdomain.com", "https://your-domain.com/hook",
            "https://xxxx.supabase.co",
            "https://<project>.supabase.co", "<url>", "changeme", "TODO",
        ].map { Sample("PUBLIC_URL", $0, in: .staging, secret: false, ["variable.placeholder"]) }
        + [
            Sample(
                "DATABASE_URL", "postgresql://app:changeme@db.tidegate.dev/documents?sslmode=require", in: .staging,
                as: .databaseURL, ["secret.placeholder"], "password"),
            Sample(
                "DATABASE_URL", "postgresql://postgres:[YOUR-PASSWORD]@db.abc.supabase.co:5432/postgres",
                in: .production,
                as: .databaseURL, ["secret.placeholder"]),
            Sample(
                "DATABASE_URL", "postgresql://<user>:<password>@host/db", in: .production, as: .databaseURL,
                ["secret.placeholder"]),
            Sample(
                "DATABASE_URL", "postgresql://postgres:password@localhost:5432/app", in: .development, as: .databaseURL,
                []),
            Sample("WELCOME", "Your upload is ready", secret: false, []),
            Sample("WELCOME", "Change this in your settings", secret: false, []),
            Sample("MODE", "test", secret: false, []), Sample("GREETING", "secret", secret: false, []),
            Sample("TEMPLATE", "Hello {name}", secret: false, []),
            Sample("FROM", "Tidegate <ops@tidegate.dev>", secret: false, []),
            Sample("TEMPLATE", "<p>hello</p>", secret: false, []), Sample("SIZE", "xxl", secret: false, []),
            Sample("RULE", "add-key", secret: false, []), Sample("HERE", "here", secret: false, []),
        ]

    static let characters: [Sample] = [
        Sample("API_KEY", "\u{FEFF}\(strong)", ["value.characters"], "byte order mark"),
        Sample("API_KEY", "\(strong)\n", ["value.characters"], "`printf %s`"),
        Sample("API_KEY", "\(strong)\r", ["value.characters"], "carriage return"),
        Sample("API_KEY", " \(strong)", ["value.characters"], "a space at its beginning"),
        Sample("API_KEY", "\(strong) ", ["value.characters"], "a space at its end"),
        Sample("API_KEY", "\(strong)\u{200B}", ["value.characters"], "U+200B"),
        Sample("API_KEY", "9fQ2vXr7Lw\u{A0}T5kZ8mB1cN4hJ6yD3sG0pA7eRuWqKi", ["value.characters"], "no-break space"),
        Sample("API_KEY", "“\(strong)”", ["value.characters"], "typographic quote"),
        Sample("API_KEY", "\"\(strong)\"", ["value.characters"], "quotes around it"),
        Sample("API_KEY", "'\(strong)'", ["value.characters"], "quotes around it"),
        Sample("API_KEY", "\(strong)\u{0}", ["value.characters"], "control character"),
        Sample("API_KEY", "changeme\n", ["value.characters", "secret.placeholder"]),
        Sample("PUBLIC_URL", "https://tidegate.dev\u{200B}", type: .url, secret: false, ["value.characters"]),
        Sample("WELCOME", "Don’t “worry” — it’s fine 👩‍💻", secret: false, []),
        Sample("WELCOME", "two words", secret: false, []),
        Sample("WELCOME", "trailing ", secret: false, ["value.characters"]),
        Sample("PRIVATE_KEY", "-----BEGIN PRIVATE KEY-----\nMIIEvQ\n-----END PRIVATE KEY-----\n", []),
        Sample("SERVICE_ACCOUNT", "{\n  \"type\": \"service_account\"\n}\n", []),
        Sample("PASSWORD", "pa ss wo rd with blanks 9", []),
        Sample("JWT_SECRET", "a’\(strong)", in: .production, as: .signingKeys, ["value.characters"]),
    ]

    static let weak: [Sample] = [
        Sample("JWT_SECRET", strong, in: .production, as: .signingKeys, []),
        Sample("JWT_SECRET", "a:\(strong),b:\(strong)x", in: .production, as: .signingKeys, []),
        Sample("JWT_SECRET", "tooShort7Q", in: .production, as: .signingKeys, ["secret.weak"], "80 bits"),
        Sample("JWT_SECRET", "tooShort7Q", in: .development, as: .signingKeys, ["secret.weak"], "256"),
        Sample("JWT_SECRET", "a:\(strong),b:short9", in: .production, as: .signingKeys, ["secret.weak"], "key 2 of"),
        Sample(
            "JWT_SECRET", String(repeating: "a", count: 32), in: .production, as: .signingKeys, ["secret.weak"],
            "one character"),
        Sample(
            "JWT_SECRET", String(repeating: "tide", count: 9), in: .production, as: .signingKeys, ["secret.weak"],
            "repeated"),
        Sample("JWT_SECRET", "0123456789abcdef0123456789abcdef", in: .production, as: .signingKeys, ["secret.weak"]),
        Sample(
            "JWT_SECRET", "abcdefghijklmnopqrstuvwxyz012345", in: .production, as: .signingKeys, ["secret.weak"],
            "neighbouring"),
        Sample("JWT_SECRET", "correcthorsebatterystaplehelloyou", in: .production, as: .signingKeys, ["secret.weak"]),
        Sample(
            "JWT_SECRET", "whatever-the-weather-brings-tomorrow", in: .staging, as: .signingKeys, ["secret.weak"],
            "English"),
        Sample(
            "JWT_SECRET", "my-super-secret-jwt-key-for-production", in: .production, as: .signingKeys, ["secret.weak"]),
        Sample("JWT_SECRET", "whatever-the-weather-brings-tomorrow", in: .development, as: .signingKeys, []),
        Sample("JWT_SECRET", "supersecretjwtsigningkey2024", ["secret.weak"], "bits"),
        Sample(
            "ENCRYPTION_KEY", "q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA=", in: .production, as: .encryptionKey, []),
        Sample(
            "ENCRYPTION_KEY", "3b1f8c0d9e2a7564f0c1b2a394857697e1d2c3b4a5968778f9e0d1c2b3a49586", in: .production,
            as: .encryptionKey, []),
        Sample("ENCRYPTION_KEY", "3b1f8c0d9e2a7564f0", in: .production, as: .encryptionKey, ["secret.weak"], "9 bytes"),
        Sample(
            "ENCRYPTION_KEY", String(repeating: "00", count: 32), in: .production, as: .encryptionKey, ["secret.weak"]),
        Sample("SMTP_PASSWORD", "hunter7", in: .production, as: .password, ["secret.weak"], "7 characters"),
        Sample("SMTP_PASSWORD", "Password2024!", in: .production, as: .password, ["secret.weak"]),
        Sample("SMTP_PASSWORD", "qwertyuiop123", in: .production, as: .password, ["secret.weak"]),
        Sample("SMTP_PASSWORD", "plum tugboat ceramic verandah", in: .production, as: .password, []),
        Sample("SMTP_PASSWORD", "hunter7", in: .development, as: .password, []),
        Sample("OPENAI_API_KEY", "sk-abc", in: .production, as: .apiKey, ["secret.weak"], "too few"),
        Sample("OPENAI_API_KEY", "sk-local-stand-in", in: .development, as: .apiKey, []),
        Sample("OPENAI_API_KEY", "sk-\(strong)", in: .production, as: .apiKey, []),
        Sample("OPENAI_API_KEY", "sk-1234567890abcdefghijklmnop", in: .production, as: .apiKey, ["secret.weak"]),
        Sample(
            "DATABASE_URL", "postgresql://app:app@db.tidegate.dev/documents?sslmode=require", in: .production,
            as: .databaseURL,
            ["secret.weak"], "the user's name"),
        Sample(
            "DATABASE_URL", "postgresql://app:kX9v@db.tidegate.dev/documents?sslmode=require", in: .production,
            as: .databaseURL,
            ["secret.weak"], "4 characters"),
        Sample("DATABASE_URL", dsn, in: .production, as: .databaseURL, []),
        Sample("SESSION_KEY", "kX9v", ["secret.weak"]), Sample("SESSION_KEY", strong, []),
    ]

    static let keys: [Sample] = [
        Sample("STRIPE_SECRET_KEY", "sk_test_51Hx9fQ2vXr7LwT5kZ8m", ["secret.test-key"]),
        Sample("STRIPE_SECRET_KEY", "sk_test_51Hx9fQ2vXr7LwT5kZ8m", in: .staging, []),
        Sample("STRIPE_SECRET_KEY", "sk_live_51Hx9fQ2vXr7LwT5kZ8m", []),
        Sample("STRIPE_SECRET_KEY", "sk_live_51Hx9fQ2vXr7LwT5kZ8m", in: .development, ["secret.live-key"]),
        Sample("STRIPE_SECRET_KEY", "pk_live_51Hx9fQ2vXr7LwT5kZ8m", ["secret.wrong-kind"], "publishable"),
        Sample("STRIPE_PUBLISHABLE_KEY", "pk_test_51Hx9fQ2vXr7LwT5kZ8m", secret: false, ["secret.test-key"]),
        Sample("STRIPE_PUBLISHABLE_KEY", "pk_live_51Hx9fQ2vXr7LwT5kZ8m", secret: false, []),
        Sample("PAYMENT_KEY", "test_dHar4XY7LxsDOtmnkVtjNVWXLSlXsM", ["secret.test-key"]),
        Sample(
            "LLAMAPARSE_API_KEY", "sk-proj-\(strong)", in: .production, as: .apiKey, ["secret.wrong-kind"], "OpenAI"),
        Sample("OPENAI_API_KEY", "llx-\(strong)", in: .production, as: .apiKey, ["secret.wrong-kind"], "LlamaParse"),
        Sample("DEEPSEEK_API_KEY", "sk-\(strong)", in: .production, as: .apiKey, []),
        Sample("OPENAI_API_KEY", strong, in: .production, as: .apiKey, []),
        Sample(
            "OPENAI_API_KEY", token(#"{"role":"anon"}"#), in: .production, as: .apiKey, ["secret.wrong-kind"],
            "JSON Web Token"),
        Sample("JWT_SECRET", token(#"{"role":"anon"}"#), in: .production, as: .signingKeys, ["secret.wrong-kind"]),
        Sample(
            "SUPABASE_ANON_KEY", token(#"{"role":"service_role"}"#), in: .production, as: .jwt, role: "anon",
            ["secret.wrong-kind"], "`service_role`, and `anon`"),
        Sample("SUPABASE_ANON_KEY", token(#"{"role":"anon"}"#), in: .production, as: .jwt, role: "anon", []),
        Sample("SUPABASE_ANON_KEY", token(#"{"role":"service_role"}"#), ["secret.wrong-kind"]),
        Sample("SUPABASE_ANON_KEY", "sb_publishable_9fQ2vXr7LwT5kZ8m", in: .production, as: .jwt, role: "anon", []),
        Sample(
            "SUPABASE_ANON_KEY", "sb_secret_9fQ2vXr7LwT5kZ8mB1", in: .production, as: .jwt, role: "anon",
            ["secret.wrong-kind"]),
        Sample(
            "SUPABASE_ANON_KEY", strong, in: .production, as: .jwt, role: "anon", ["secret.wrong-kind"],
            "no JSON Web Token"),
        Sample(
            "SUPABASE_ANON_KEY", token(#"{"role":"anon","iss":"supabase-demo"}"#), in: .staging, as: .jwt, role: "anon",
            ["secret.test-key"]),
        Sample(
            "SERVICE_TOKEN", token(#"{"exp":1782999999}"#), in: .production, as: .jwt, ["secret.expiry"], "2026-07-02"),
        Sample(
            "SERVICE_TOKEN", token(#"{"exp":1783864000}"#), in: .production, as: .jwt, ["secret.expiry"],
            "in 10 days"),
        Sample("SERVICE_TOKEN", token(#"{"exp":1790000000}"#), in: .production, as: .jwt, []),
        Sample("SERVICE_TOKEN", token(#"{"exp":1782999999}"#), in: .development, ["secret.expiry"]),
        Sample(
            "APP_PRIVATE_KEY", "-----BEGIN PUBLIC KEY-----\nMIIB\n-----END PUBLIC KEY-----\n", ["secret.wrong-kind"]),
        Sample(
            "TLS_CERT", "-----BEGIN PRIVATE KEY-----\nMIIB\n-----END PRIVATE KEY-----\n", in: .production,
            as: .certificate,
            ["secret.wrong-kind"]),
        Sample("API_KEY", "https://api.tidegate.dev", in: .production, as: .apiKey, ["secret.wrong-kind"]),
        Sample("WEBHOOK", "sk_live_51Hx9fQ2vXr7LwT5kZ8m", secret: false, ["value.holds-secret"], "Stripe"),
        Sample("UPSTREAM", "https://u:9fQ2vXr7LwT5kZ8m@api.tidegate.dev", secret: false, ["value.holds-secret"]),
        Sample("UPSTREAM", "postgresql://postgres:postgres@localhost/app", in: .development, secret: false, []),
    ]
}

/// Long random texts are what secrets should be, and nothing is to be said of them.
@Suite(.timeLimit(.minutes(5)))
struct StrongSecretTests {
    static let alphabets: [(name: String, characters: String, count: Int)] = [
        ("hex", "0123456789abcdef", 64), ("short hex", "0123456789abcdef", 32), ("upper hex", "0123456789ABCDEF", 64),
        ("base64", "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/", 44),
        ("url-safe", "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", 43),
        ("base32", "abcdefghijklmnopqrstuvwxyz234567", 52), ("letters", "abcdefghijklmnopqrstuvwxyz", 56),
        (
            "printable", #"!#$%&()*+-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[]^_abcdefghijklmnopqrstuvwxyz{|}~"#,
            40
        ),
    ]

    @Test(arguments: alphabets.indices, [nil, ValueFormat.signingKeys, .password, .apiKey])
    func `random secrets are never found weak, nor taken for placeholders`(index: Int, format: ValueFormat?) {
        let alphabet = Self.alphabets[index]
        // A comma or colon has a meaning of its own in a list of signing keys, and `://` in a password.
        let characters = Array(alphabet.characters).filter { format != .signingKeys || !":,".contains($0) }
        let seed = UInt64(index * 8 + (format?.rawValue.count ?? 0))
        var random = SplitMix(seed: seed)
        let name = format == .signingKeys ? "JWT_SECRET" : "SOME_SECRET"
        for _ in 0..<160 {
            let value = String((0..<alphabet.count).map { _ in characters.randomElement(using: &random)! })
            let flaws = Sample(name, value, as: format, []).flaws()
            #expect(flaws.isEmpty, "\(value) of \(alphabet.name), seed \(seed): \(flaws)")
        }
    }

    /// Hex, base64 and base64url, each format in turn.
    @Test(arguments: [0, 3, 4])
    func `none of ten thousand generated keys is found wrong`(index: Int) {
        let alphabet = Self.alphabets[index]
        let characters = Array(alphabet.characters.utf8)
        var random = SplitMix(seed: 2026)
        let formats: [ValueFormat?] = [nil, .signingKeys, .password, .apiKey]
        for draw in 0..<10_000 {
            let bytes = (0..<alphabet.count).map { _ in characters[Int(random.next() % UInt64(characters.count))] }
            let value = String(decoding: bytes, as: UTF8.self)
            let format = formats[draw % 4]
            let flaws = Sample(format == .signingKeys ? "JWT_SECRET" : "SOME_KEY", value, as: format, []).flaws()
            if !flaws.isEmpty { Issue.record("\(value) of \(alphabet.name), draw \(draw): \(flaws)") }
        }
    }

    @Test func `a random password in an address is never found weak once it is encoded`() {
        var random = SplitMix(seed: 3)
        for _ in 0..<600 {
            let bytes = (0..<24).map { _ in UInt8.random(in: 0x21...0x7E, using: &random) }
            let password = bytes.map { byte in
                let isPlain = Character(Unicode.Scalar(byte)).isLetter || Character(Unicode.Scalar(byte)).isNumber
                return isPlain ? String(Unicode.Scalar(byte)) : "%" + Hexadecimal.text([byte]).uppercased()
            }.joined()
            let value = "postgresql://app:\(password)@db.tidegate.dev/documents?sslmode=require"
            let flaws = Sample("DATABASE_URL", value, as: .databaseURL, []).flaws()
            #expect(flaws.isEmpty, "\(value): \(flaws)")
        }
    }

    /// Whatever is written, no flaw of a secret quotes it.
    @Test(arguments: 0..<8)
    func `no flaw holds the secret it speaks of`(seed: UInt64) {
        var random = SplitMix(seed: seed)
        let canary = "cAnArY5f2a9"
        let pieces = [
            "<", ">", "your-", "${", "}", "://", "postgresql", "@", ":", "/", "#", "%", "?sslmode=", "\n", "\u{FEFF}",
            "sk_test_", "-----BEGIN ", "PRIVATE KEY-----", "ey", ".", "localhost", "=", ",", " ", "changeme", "kid:",
            "\"", "host=",
        ]
        for _ in 0..<60 {
            let before = (0..<Int.random(in: 0...4, using: &random)).map { _ in pieces.randomElement(using: &random)! }
            let after = (0..<Int.random(in: 0...4, using: &random)).map { _ in pieces.randomElement(using: &random)! }
            let value = before.joined() + canary + after.joined()
            for format in [nil] + ValueFormat.allCases.map(Optional.some) {
                for flaw in Sample("SOME_KEY", value, in: .staging, as: format, []).flaws() {
                    let text = "\(flaw.message) \(flaw.fix)".lowercased()
                    #expect(!text.contains(canary.lowercased()), "\(value.debugDescription): \(flaw)")
                }
            }
        }
    }
}
