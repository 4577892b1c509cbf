import Contract

/// How access tokens are signed and verified.
package struct TokenSettings: Sendable {
    /// Nil when they are missing or wrong.
    package var keys: SigningKeys?
    package var issuer: String
    package var audience: String
    package var lifetime: Duration

    package init(from reader: inout SettingsReader) {
        let text = reader.secret(
            "JWT_SECRET", "the keys that sign tokens, kid:secret,kid2:secret2, each of 32 bytes or more",
            format: .signingKeys, former: ["JWT_SECRET", "JWT_SECRET_KEY", "SUPABASE_JWT_SECRET"], agreesOn: "tokens")
        keys = nil
        if let text {
            do throws(SettingsReader.Unfit) {
                keys = try SigningKeys(text.reveal())
            } catch { reader.refuse("\(SettingsReader.prefix)JWT_SECRET \(error.reason)") }
        }
        issuer = reader.text("JWT_ISSUER", "who issues tokens (iss)", default: "upload-pipeline") ?? ""
        audience = reader.text("JWT_AUDIENCE", "whom tokens are for (aud)", default: "upload-pipeline") ?? ""
        lifetime =
            reader.duration(
                "ACCESS_TOKEN_TTL", "how long an access token is valid", default: "15m", minimum: 1, maximum: 86_400)
            ?? .seconds(900)
    }
}

/// What the command that makes test tokens reads.
package struct TestTokenSettings: ModuleSettings {
    package var environment: String
    package var tokens: TokenSettings

    package init(from reader: inout SettingsReader) {
        environment = CommonSettings.environment(from: &reader)
        tokens = TokenSettings(from: &reader)
        if environment == "production" { reader.refuse("test tokens are not made in production") }
    }
}

/// What the commands that only need the database read.
package struct DatabaseSettings: ModuleSettings {
    package var url: Credential

    package init(from reader: inout SettingsReader) {
        url = CommonSettings.databaseURL(from: &reader)
    }
}
