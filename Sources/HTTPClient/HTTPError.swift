/// Why there is no answer. Every case names what was tried.
package enum HTTPError: Error, Sendable, Equatable {
    /// The URL, a header or the method cannot be sent as it stands.
    case invalidRequest(url: String, reason: String)
    case hostNotFound(url: String)
    case connectionRefused(url: String, detail: String)
    /// The peer's certificate is not trusted, expired, or for another name.
    case badCertificate(url: String, detail: String)
    case tlsFailed(url: String, detail: String)
    /// `phase` is where the time went: `dns`, `connect`, `tls`, `first byte` or `body`.
    case timedOut(url: String, phase: String, after: Duration)
    case tooLarge(url: String, limit: Int)
    /// What came back is not HTTP.
    case malformedResponse(url: String, detail: String)
    /// The connection broke before the answer was whole.
    case connectionLost(url: String, detail: String)
    case tooManyRedirects(url: String, limit: Int)
    case unreadableBody(path: String, reason: String)
    case cancelled(url: String)
    /// Anything else that libcurl reports, with its own words.
    case transport(url: String, code: Int, detail: String)
}
