import Crypto
import Documents
import FoundationEssentials
import JWTKit

/// What a token says. Times are seconds since 1970.
struct TokenClaims: JWTPayload {
    var iss: String
    var aud: AudienceClaim
    var sub: String
    var exp: Double
    var nbf: Double
    var role: String
    /// The session that the token belongs to.
    var sid: String?

    /// The claims are checked by `Tokens.verify`, which is handed the time.
    func verify(using algorithm: some JWTAlgorithm) {}
}

/// Signs and verifies access tokens: HS256, with a set of keys by `kid`.
package struct Tokens: Sendable {
    private let keys: JWTKeyCollection
    private let ids: Set<String>
    private let current: JWKIdentifier
    private let issuer: String
    private let audience: String
    private let known = KnownTokens()
    package let lifetime: Duration

    /// - Returns: nil when there is no key: the API then answers 503 where it would have to verify.
    package init?(settings: TokenSettings) async {
        guard let signing = settings.keys, let first = signing.current else { return nil }
        keys = JWTKeyCollection()
        for key in signing.keys {
            await keys.add(
                hmac: HMACKey(from: key.secret.reveal()), digestAlgorithm: .sha256, kid: JWKIdentifier(string: key.id))
        }
        // Without a default, a token of an unknown kid finds no key.
        await keys.clearDefault()
        ids = Set(signing.keys.map(\.id))
        current = JWKIdentifier(string: first.id)
        issuer = settings.issuer
        audience = settings.audience
        lifetime = settings.lifetime
    }

    /// A new token, valid from now for `lifetime`.
    package func sign(subject: String, role: String, session: String?, now: Int64) async throws -> String {
        let second = Double(now / 1_000_000)
        let claims = TokenClaims(
            iss: issuer, aud: AudienceClaim(value: [audience]), sub: subject, exp: second + lifetime.inSeconds,
            nbf: second, role: role, sid: session)
        return try await keys.sign(claims, kid: current)
    }

    /// - Throws: `APIError` 401, for whatever is wrong with the token. Nothing that a caller sends makes it 500.
    func verify(_ token: String, now: Int64) async throws(APIError) -> Caller {
        let claims = try await claims(token)
        let second = Double(now) / 1e6
        guard claims.exp > second else { throw .unauthorized("token_expired", "The token has expired; refresh it.") }
        // A minute of grace for clocks that differ.
        guard claims.nbf <= second + 60 else { throw .unauthorized("token_early", "The token is not valid yet.") }
        guard claims.iss == issuer, claims.aud.value.contains(audience) else {
            throw .unauthorized("token_foreign", "The token is from another issuer, or for another audience.")
        }
        guard let id = UUIDBytes(claims.sub) else {
            throw .unauthorized("token_malformed", "The token's subject is not a UUID.")
        }
        return Caller(id: id.text, role: UserRole(stored: claims.role), session: claims.sid)
    }

    /// What a token says, once its signature was verified: then and not again, as long as it is remembered.
    private func claims(_ token: String) async throws(APIError) -> TokenClaims {
        let bytes = Array(token.utf8)
        let digest = SHA256.hash(data: bytes)
        if let claims = known[digest] { return claims }
        let claims = try await checked(bytes)
        known.add(digest, claims)
        return claims
    }

    private func checked(_ bytes: [UInt8]) async throws(APIError) -> TokenClaims {
        guard bytes.count <= 8192 else { throw .unauthorized("token_malformed", "The token is too long.") }
        let header: JWTHeader
        do {
            header = try DefaultJWTParser().parse(bytes, as: TokenClaims.self).header
        } catch { throw .unauthorized("token_malformed", "The token is not a JSON Web Token with the claims needed.") }
        guard header.alg == "HS256", ids.contains(header.kid ?? "default") else {
            throw .unauthorized("token_key_unknown", "The token was signed with a key that is not known here.")
        }
        do {
            return try await verified(bytes, kid: header.kid)
        } catch { throw .unauthorized("token_signature", "The token's signature is wrong.") }
    }

    private func verified(_ bytes: [UInt8], kid: String?) async throws -> TokenClaims {
        guard kid == nil else { return try await keys.verify(bytes, as: TokenClaims.self) }
        let parsed = try DefaultJWTParser().parse(bytes, as: TokenClaims.self)
        let signed = bytes[..<(bytes.lastIndex(of: UInt8(ascii: ".")) ?? bytes.startIndex)]
        let algorithm = try await keys.getKey(for: JWKIdentifier(string: "default"))
        guard try algorithm.verify(parsed.signature, signs: signed) else { throw APIError.internalFailure }
        return parsed.payload
    }
}
