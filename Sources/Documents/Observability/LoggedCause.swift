/// What a log may say of an error. A provider's own words may quote the document that it was sent, so of those only the
/// kind and the status are told; the words themselves stand in the job's `last_error`, for its user.
package struct LoggedCause: Sendable, CustomStringConvertible {
    package let description: String

    package init(_ error: any Error) {
        guard let error = error as? ProviderError else {
            description = "\(error)"
            return
        }
        switch error {
        case .rejected(let provider, let status, _), .unauthorized(let provider, let status):
            description = "\(error.code) (\(provider), \(status))"
        case .unavailable(let provider, _), .timeout(let provider, _), .rateLimited(let provider, _),
            .network(let provider, _), .interrupted(let provider, _), .breakerOpen(let provider, _),
            .throttled(let provider, _, _),
            .unusable(let provider, _):
            description = "\(error.code) (\(provider))"
        // Our own words, about our own disk.
        case .unprepared: description = error.description
        }
    }
}
