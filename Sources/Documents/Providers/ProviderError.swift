/// What can go wrong with a provider of parsing or embedding, told apart by what to do next.
package enum ProviderError: Error, Sendable, Equatable {
    /// It answers with 5xx, or says that it is down.
    case unavailable(provider: String, detail: String)
    case timeout(provider: String, seconds: Double)
    /// It asks to slow down; `retryAfter` is what it said, in seconds, if it said anything.
    case rateLimited(provider: String, retryAfter: Double?)
    /// It was not reached: its host is not found, or it refused the connection.
    case network(provider: String, detail: String)
    /// It was reached, and the connection broke before its answer was whole: it may have done the work.
    case interrupted(provider: String, detail: String)
    /// The request could not be made ready on this machine, whose disk is full perhaps; nothing was sent.
    case unprepared(provider: String, detail: String)
    /// It understood, and says no: trying again cannot help.
    case rejected(provider: String, status: Int, message: String)
    /// The key is wrong or lacks a permission.
    case unauthorized(provider: String, status: Int)
    /// Too many failures lately: nothing is sent. That is no attempt; `retryAfter` in seconds until it is tried again.
    case breakerOpen(provider: String, retryAfter: Double)
    /// It allows no more at the moment, to all of us together: nothing is sent, which is no attempt. In seconds.
    case throttled(provider: String, detail: String, retryAfter: Double)
    /// What it answered cannot be used: a wrong count, a wrong dimension, a zero vector, an unreadable document.
    case unusable(provider: String, detail: String)

    /// Whether the same call may succeed later.
    package var isRetryable: Bool {
        switch self {
        case .unavailable, .timeout, .rateLimited, .network, .interrupted, .unprepared, .breakerOpen, .throttled: true
        case .rejected, .unauthorized, .unusable: false
        }
    }

    /// Whether the provider did the work.
    package var isBilled: Bool {
        if case .unusable = self { return true }
        return false
    }

    /// Whether the provider may have done the work, and bill it, although no answer came.
    package var mayBeBilled: Bool {
        switch self {
        case .timeout, .interrupted, .unusable: true
        case .unavailable, .rateLimited, .network, .unprepared, .rejected, .unauthorized, .breakerOpen, .throttled:
            false
        }
    }

    /// Whether nothing was tried, so that the job has lost no attempt.
    package var isNoAttempt: Bool {
        switch self {
        case .breakerOpen, .throttled, .unprepared: true
        case .unavailable, .timeout, .rateLimited, .network, .interrupted, .rejected, .unauthorized, .unusable: false
        }
    }

    /// A short word for events and metrics.
    package var code: String {
        switch self {
        case .unavailable: "provider_unavailable"
        case .timeout: "provider_timeout"
        case .rateLimited: "provider_rate_limited"
        case .network, .interrupted: "provider_network"
        case .unprepared: "provider_request_unprepared"
        case .rejected: "provider_rejected"
        case .unauthorized: "provider_unauthorized"
        case .breakerOpen: "provider_breaker_open"
        case .throttled: "provider_throttled"
        case .unusable: "provider_unusable"
        }
    }

    /// How long the provider asks to be left alone, in seconds.
    package var retryAfter: Double? {
        switch self {
        case .rateLimited(_, let seconds): seconds
        case .breakerOpen(_, let seconds): seconds
        case .throttled(_, _, let seconds): seconds
        default: nil
        }
    }
}

extension ProviderError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .unavailable(let provider, let detail): "\(provider) is unavailable: \(detail). It will be tried again."
        case .timeout(let provider, let seconds): "\(provider) did not answer within \(seconds) s."
        case .rateLimited(let provider, let after):
            "\(provider) asks to slow down" + (after.map { "; try again in \($0) s." } ?? ".")
        case .network(let provider, let detail): "\(provider) cannot be reached: \(detail)."
        case .interrupted(let provider, let detail): "\(provider) did not finish its answer: \(detail)."
        case .unprepared(let provider, let detail): "What is to be sent to \(provider) cannot be made ready: \(detail)."
        case .rejected(let provider, let status, let message):
            "\(provider) refused the request with \(status): \(message)"
        case .unauthorized(let provider, let status):
            "\(provider) refused the key with \(status); check its API key."
        case .breakerOpen(let provider, let after):
            "\(provider) failed too often lately; it is tried again in \(after) s."
        case .throttled(let provider, let detail, let after):
            "\(provider) is not asked for \(after) s: \(detail)."
        case .unusable(let provider, let detail): "\(provider) gave an answer that cannot be used: \(detail)."
        }
    }
}
