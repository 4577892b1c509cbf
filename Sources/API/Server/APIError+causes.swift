import Documents
import Hummingbird
import NIOCore
import Storage

/// What the user is told about errors that come from below; the rest is for the log.
extension APIError {
    init(cause: any Error) {
        switch cause {
        case let error as APIError: self = error
        case let error as Hummingbird.HTTPError: self = .init(http: error)
        case is NIOTooManyBytesError: self = .tooLarge("The body is too large.")
        case let error as UploadRefusal: self = .init(refusal: error)
        case let error as ProviderError: self = .init(provider: error)
        case let error as ObjectStorageError: self = .init(storage: error)
        case let error as DatabaseError: self = .init(database: error)
        default: self = .internalFailure
        }
    }

    static let internalFailure = APIError(
        .internalServerError, "internal", "Something failed here; the correlation id finds it in the log.")

    private static let full = APIError(
        .insufficientStorage, "storage_full", "There is no room for this now; try again later.", retryAfterSeconds: 60)

    private init(http error: Hummingbird.HTTPError) {
        let code =
            switch error.status {
            case .notFound: "not_found"
            case .methodNotAllowed: "method_not_allowed"
            case .contentTooLarge: "too_large"
            default: "bad_request"
            }
        self.init(error.status, code, error.body ?? "\(error.status.reasonPhrase).")
    }

    private init(refusal: UploadRefusal) {
        switch refusal {
        case .tooManyJobs: self = .tooMany(refusal.description, retryAfter: 5)
        case .tooManyToday(_, let seconds): self = .tooMany(refusal.description, retryAfter: seconds)
        }
    }

    private init(provider error: ProviderError) {
        self.init(
            .serviceUnavailable, error.code, "A provider cannot answer now; try again later.",
            retryAfterSeconds: Int(min(max(error.retryAfter ?? 5, 1), 3600).rounded(.up)))
    }

    private init(storage error: ObjectStorageError) {
        switch error {
        case .tooLarge: self = .tooLarge("The document is larger than was announced.")
        case .full: self = .full
        case .readOnly, .unreachable:
            self.init(
                .serviceUnavailable, "storage_unavailable", "Files cannot be stored now; try again later.",
                retryAfterSeconds: 30)
        case .notFound: self = .notFound("file")
        case .invalidKey, .other: self = .internalFailure
        }
    }

    private init(database error: DatabaseError) {
        switch error {
        case .full: self = .full
        case .unreachable, .accessDenied, .readOnly, .busy, .connectionLost:
            self.init(
                .serviceUnavailable, "database_unavailable", "The database cannot be used now; try again later.",
                retryAfterSeconds: 5)
        case .invalidAddress, .constraint, .invalidStatement, .unexpectedColumn, .migrationMismatch, .other:
            self = .internalFailure
        }
    }
}
