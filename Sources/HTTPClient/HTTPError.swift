/// Why there is no answer. Every case names what was tried.
///
/// `url` is fit to show: user names, passwords and query values are left out (`HTTPRequest.shownURL`).
package enum HTTPError: Error, Sendable, Equatable {
    /// The URL, a header or the method cannot be sent as it stands.
    case invalidRequest(url: String, reason: String)
    case hostNotFound(url: String)
    /// Nobody listens there, or no way leads there.
    case connectionRefused(url: String, detail: String)
    /// The peer's certificate is not trusted, expired, or for another name.
    case badCertificate(url: String, flaw: CertificateFlaw, detail: String)
    case tlsFailed(url: String, detail: String)
    /// `phase` is where the time went: `queue` (all connections were busy), `dns`, `connect`, `tls`, `first byte` or
    /// `body`.
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

extension HTTPError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .invalidRequest(let url, let reason):
            "The request to \(url) cannot be sent: \(reason)."
        case .hostNotFound(let url):
            "The host of \(url) was not found: check its name and this machine's DNS."
        case .connectionRefused(let url, let detail):
            "No connection to \(url) (\(detail)): check that it runs and listens there."
        case .badCertificate(let url, let flaw, let detail):
            "The certificate of \(url) is not trusted (\(detail)): \(flaw.advice)."
        case .tlsFailed(let url, let detail):
            "No TLS connection to \(url) (\(detail)): check that this port speaks TLS."
        case .timedOut(let url, let phase, let after):
            "\(url) did not answer within \(after), waiting for \(HTTPError.explain(phase))."
        case .tooLarge(let url, let limit):
            "The answer of \(url) is larger than \(limit) bytes, the limit of this request."
        case .malformedResponse(let url, let detail):
            "What \(url) answered is not HTTP (\(detail)): check what listens there."
        case .connectionLost(let url, let detail):
            "The connection to \(url) broke before the answer was whole (\(detail)): look at the server's log."
        case .tooManyRedirects(let url, let limit):
            "\(url) redirects more than \(limit) times: ask for the address that it leads to."
        case .unreadableBody(let path, let reason):
            "The file to send, \(path), cannot be read (\(reason))."
        case .cancelled(let url):
            "The request to \(url) was cancelled."
        case .transport(let url, let code, let detail):
            "The request to \(url) failed (\(detail), libcurl \(code))."
        }
    }

    private static func explain(_ phase: String) -> String {
        switch phase {
        case "queue": "a free connection; raise the limit of connections or send less at once"
        case "dns": "its address (dns)"
        case "connect": "a connection (connect); check the address and the firewall"
        case "tls": "the TLS handshake (tls)"
        case "first byte": "the first byte; look at what the server is doing"
        default: "the rest of the \(phase)"
        }
    }
}
