/// What a Prometheus asks of whoever asks it: a bearer token, or a user's name and password.
package struct PrometheusAccess: Sendable, Equatable, Codable {
    /// Nil: the secret is a bearer token.
    package var user: String?
    /// The name under `secrets` of the token or password.
    package var secret: String
    /// The keyed digest of its value; a bundle has it, so that another value makes another bundle.
    package var digest: String?

    package init(user: String? = nil, secret: String, digest: String? = nil) {
        self.user = user
        self.secret = secret
        self.digest = digest
    }

    /// Such as `token METRICS_TOKEN`, `tidegate with the password METRICS_PASSWORD`.
    package var written: String { user.map { "\($0) with the password \(secret)" } ?? "token \(secret)" }
}
