import CCurl

extension HTTPError {
    /// Which of our errors a code of libcurl is. Told apart by codes and state, never by libcurl's words.
    init(_ code: CURLcode, _ transfer: Transfer, detail: String) {
        let url = transfer.url
        switch code {
        case CURLE_URL_MALFORMAT:
            self = .invalidRequest(url: url, reason: detail)
        case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY:
            self = .hostNotFound(url: url)
        case CURLE_COULDNT_CONNECT:
            self = .connectionRefused(url: url, detail: detail)
        case CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_ISSUER_ERROR, CURLE_SSL_INVALIDCERTSTATUS:
            self = .badCertificate(url: url, flaw: CertificateFlaw(transfer.verifyResult), detail: detail)
        case CURLE_SSL_CONNECT_ERROR, CURLE_SSL_CERTPROBLEM, CURLE_SSL_CIPHER, CURLE_SSL_CACERT_BADFILE:
            self = .tlsFailed(url: url, detail: detail)
        case CURLE_OPERATION_TIMEDOUT:
            // The whole request's limit is ours; libcurl only knows that of the connection.
            self = .timedOut(url: url, phase: transfer.phase, after: transfer.request.connectTimeout)
        case CURLE_FILESIZE_EXCEEDED:
            self = .tooLarge(url: url, limit: transfer.request.maximumBodyBytes)
        case CURLE_WEIRD_SERVER_REPLY, CURLE_UNSUPPORTED_PROTOCOL, CURLE_BAD_CONTENT_ENCODING:
            self = .malformedResponse(url: url, detail: detail)
        case CURLE_RECV_ERROR where transfer.systemError == 0 && !transfer.request.isEncrypted:
            self = .malformedResponse(url: url, detail: detail)
        case CURLE_GOT_NOTHING, CURLE_PARTIAL_FILE, CURLE_RECV_ERROR, CURLE_SEND_ERROR, CURLE_HTTP2,
            CURLE_HTTP2_STREAM, CURLE_SEND_FAIL_REWIND:
            self = .connectionLost(url: url, detail: detail)
        case CURLE_TOO_MANY_REDIRECTS:
            self = .tooManyRedirects(url: url, limit: transfer.request.maximumRedirects)
        default:
            self = .transport(url: url, code: Int(code.rawValue), detail: detail)
        }
    }
}
