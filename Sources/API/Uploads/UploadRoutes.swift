import Contract
import Documents
import HTTPTypes
import Hummingbird
import Logging
import Storage

/// Announcing a document, sending its bytes, and what the limits are.
struct UploadRoutes: Sendable {
    static let mime = "application/pdf"

    private let database: any Database
    private let storage: any ObjectStorage
    private let limits: APILimits
    private let urls: SignedUploadURL?
    private let identity: InstanceIdentity
    private let isProduction: Bool
    private let metrics: RequestMetrics
    private let clock: MicrosecondClock
    /// What is announced at the same time is written together.
    private let announcements: GroupDesk<NewUpload, UploadOutcome>

    init(
        database: any Database, storage: any ObjectStorage, limits: APILimits, urls: SignedUploadURL?,
        identity: InstanceIdentity, isProduction: Bool, metrics: RequestMetrics, clock: @escaping MicrosecondClock
    ) {
        self.database = database
        self.storage = storage
        self.limits = limits
        self.urls = urls
        self.identity = identity
        self.isProduction = isProduction
        self.metrics = metrics
        self.clock = clock
        let allowed = limits.uploads
        announcements = GroupDesk(most: Uploads.most, writingTo: database, now: clock) { uploads, connection, now in
            try Uploads.create(uploads, limits: allowed, now: now, on: connection).map { $0.mapError { $0 } }
        }
    }

    var endpoints: [Endpoint] {
        [
            Endpoint(
                .post, "/api/v2/upload", "Announce a document, and get an address to send it to", .caller(.user),
                parameters: [
                    .init(
                        name: "X-Pin-Release", place: .header,
                        rule: .text("Only a worker of this release takes the job", length: 1...100))
                ],
                takes: Announcement.self, gives: AnnouncedUpload.self,
                refuses: [
                    .init(.tooManyRequests, "Too many documents in work, or uploaded within a day."),
                    .init(.insufficientStorage, "The disk is full."),
                ]
            ) { body, request, context in
                try await counted(.announce) { try await announce(body, request, context) }
            }.quick,
            Endpoint(
                .get, "/api/v2/upload/limits", "What may be uploaded", .open, gives: UploadLimitsAnswer.self
            ) { _, _ in UploadLimitsAnswer(limits) }.quick,
            Endpoint(
                .put, "\(SignedUploadURL.path)/{id}", "Send the document; its job may be claimed from then on",
                .signedAddress,
                parameters: [
                    .init(name: "expires", place: .query, isRequired: true, rule: .integer("Seconds since 1970")),
                    .init(name: "signature", place: .query, isRequired: true, rule: .text("Hex")),
                ],
                takes: .bytes(type: Self.mime, limit: limits.maxFileSizeBytes),
                refuses: [
                    .init(.forbidden, "The address is not signed, or its time is over."),
                    .init(.notFound, "The upload is gone."), .init(.insufficientStorage, "The disk is full."),
                ]
            ) { request, context in try await counted(.receive) { try await receive(request, context) } },
        ]
    }

    /// Refusals are counted here, everything else where it happens.
    private func counted<T>(_ step: RequestMetrics.UploadStep, _ body: () async throws -> T) async throws -> T {
        do {
            return try await body()
        } catch {
            metrics.uploaded(step, APIError(cause: error).code)
            throw error
        }
    }

    private func announce(
        _ announcement: Announcement, _ request: Request, _ context: APIContext
    ) async throws -> AnnouncedUpload {
        let caller = try context.requireCaller()
        guard let urls else {
            throw APIError(
                .serviceUnavailable, "auth_unconfigured", "Uploads cannot be signed here; tell the operators.")
        }
        let upload = NewUpload(
            userID: caller.id, filename: try filename(announcement.filename),
            bytesLength: try length(announcement), sha256: try digest(announcement.sha256),
            ocr: announcement.ocr ?? false, correlationID: context.correlationID, jobID: RandomBytes.uuid(),
            webhookSecret: Hexadecimal.text(RandomBytes.make(32)), pinRelease: try pin(request),
            trace: context.trace)
        let outcome = try await announcements.ask(upload)
        let job = outcome.job
        metrics.uploaded(.announce, outcome.name)
        context.logger.info("A document was announced.", metadata: ["job": "\(job.id)", "outcome": "\(outcome.name)"])
        let expires = max(job.uploadExpiresAt, clock()) / 1_000_000
        guard let path = urls.make(job: job.id, expires: expires) else { throw APIError.internalFailure }
        return AnnouncedUpload(
            jobId: job.id, documentId: job.documentID, signedUrl: Self.origin(request) + path,
            uploadExpiresAt: Timestamp.text(microseconds: expires * 1_000_000))
    }

    /// Stores the bytes if they are what was announced; only then may a worker take the job. Sending them again is fine.
    private func receive(_ request: Request, _ context: APIContext) async throws {
        let now = clock()
        let id = try context.parameters.require("id")
        let query = request.uri.queryParameters
        guard let urls, let expires = query["expires"].flatMap({ Int64($0) }), let signature = query["signature"],
            urls.allows(job: id, expires: expires, signature: String(signature), now: now)
        else { throw APIError(.forbidden, "signature_refused", "The address is not signed, or its time is over.") }
        guard let job = try await database.read(.eachStatement, { connection in try JobList.job(id, on: connection) })
        else {
            throw APIError.notFound("upload")
        }
        guard job.status == .uploaded else { return metrics.uploaded(.receive, "repeated") }
        let type = request.headers[.contentType]?.split(separator: ";").first.map { $0.lowercased() } ?? Self.mime
        guard [Self.mime, "application/octet-stream"].contains(type) else {
            throw APIError(
                .unsupportedMediaType, "unsupported_media_type", "Send the PDF with Content-Type: application/pdf.")
        }
        try await store(request, job, context)
        let later = clock()
        let isThere = try await database.write(.readCommitted) { connection in
            if try Uploads.bytesArrived(job: id, now: later, on: connection) != nil { return true }
            // It was deleted while its bytes were on their way, and they go after it.
            let key = DocumentIdentity.objectKey(user: job.userID, document: job.documentID)
            try FileRemovals.request(key, document: job.documentID, now: later, on: connection)
            return false
        }
        guard isThere else { throw APIError.notFound("upload") }
        metrics.uploaded(.receive, "stored")
        metrics.queued()
        context.logger.info("A document arrived.", metadata: ["job": "\(job.id)"])
    }

    /// Piece by piece: a document never sits in memory.
    private func store(_ request: Request, _ job: JobRecord, _ context: APIContext) async throws {
        if let length = request.headers[.contentLength].flatMap({ Int($0) }), length > job.bytesLength {
            throw APIError.tooLarge("The document is larger than was announced.")
        }
        let key = DocumentIdentity.objectKey(user: job.userID, document: job.documentID)
        _ = try await BodyReader.streaming(request, context: context) { [storage] pieces in
            try await storage.put(key: key, from: pieces, limit: job.bytesLength) { stored in
                try Self.check(stored, job)
            }
        }
    }

    private static func check(_ stored: StoredObject, _ job: JobRecord) throws(APIError) {
        guard stored.bytes == job.bytesLength else {
            throw APIError(
                .unprocessableContent, "upload_mismatch",
                "\(stored.bytes) bytes arrived, \(job.bytesLength) were announced.", field: "bytes_len")
        }
        guard stored.sha256 == job.sha256 else {
            throw APIError(
                .unprocessableContent, "upload_mismatch", "The bytes do not have the SHA-256 that was announced.",
                field: "sha256")
        }
    }

    private func filename(_ given: String) throws(APIError) -> String {
        let name = given.withoutControls
        guard (1...120).contains(name.unicodeScalars.count) else {
            throw .invalid("filename", "must have 1 to 120 characters besides control characters")
        }
        return name
    }

    private func length(_ announcement: Announcement) throws(APIError) -> Int {
        guard announcement.mime == Self.mime else {
            throw APIError(
                .unsupportedMediaType, "unsupported_media_type", "Only \(Self.mime) is taken.", field: "mime")
        }
        guard announcement.bytesLen >= 1 else { throw .invalid("bytes_len", "must be 1 or more") }
        guard announcement.bytesLen <= limits.maxFileSizeBytes else {
            throw APIError(
                .contentTooLarge, "too_large", "A document may have \(limits.maxFileSizeBytes) bytes.",
                field: "bytes_len")
        }
        return announcement.bytesLen
    }

    private func digest(_ given: String) throws(APIError) -> String {
        let isHex = given.utf8.allSatisfy { (48...57).contains($0) || (97...102).contains($0) }
        guard given.utf8.count == 64, isHex else { throw .invalid("sha256", "must be 64 lower-case hex digits") }
        return given
    }

    /// In production only who holds the control token may choose the worker.
    private func pin(_ request: Request) throws(APIError) -> String? {
        guard let release = request.headers[HeaderNames.pinRelease] else { return nil }
        guard !isProduction || identity.isControl(request.headers[HeaderNames.controlToken]) else {
            throw APIError(.forbidden, "pin_refused", "X-Pin-Release needs the control token here.")
        }
        guard (1...100).contains(release.utf8.count) else {
            throw .invalid("x-pin-release", "must have 1 to 100 bytes")
        }
        return release
    }

    /// Where the caller reached us; the name was checked against the allowed hosts.
    private static func origin(_ request: Request) -> String {
        let scheme = request.headers[HeaderNames.forwardedProto] == "https" ? "https" : "http"
        return "\(scheme)://\(request.head.authority ?? "127.0.0.1")"
    }
}

struct Announcement: Described {
    var filename: String
    var bytesLen: Int
    var mime: String
    var sha256: String
    /// False unless said otherwise.
    var ocr: Bool?

    static let example = Announcement(
        filename: "policy.pdf", bytesLen: 1, mime: UploadRoutes.mime, sha256: "e3b0…", ocr: false)
    static let rules: [String: FieldRule] = [
        "filename": .text(
            "Control characters are taken out", length: 1...120, pattern: #"[^\x00-\x1f\x7f-\x9f]"#),
        "bytesLen": .integer("At most what /api/v2/upload/limits says, or the answer is 413", 1...Int.max),
        "mime": .values([UploadRoutes.mime]), "sha256": .text(pattern: "^[0-9a-f]{64}$"),
        "ocr": FieldRule(summary: "Whether its pages are images; false by default"),
    ]
}

struct AnnouncedUpload: Described {
    var jobId: String
    var documentId: String
    var signedUrl: String
    var uploadExpiresAt: String

    static let example = AnnouncedUpload(jobId: "a", documentId: "b", signedUrl: "c", uploadExpiresAt: "d")
    static let rules: [String: FieldRule] = [
        "jobId": .uuid, "documentId": .uuid, "signedUrl": .text("Where to PUT the bytes"), "uploadExpiresAt": .time,
    ]
}

struct UploadLimitsAnswer: Described {
    var maxFileSizeBytes: Int
    var maxPages: Int
    var maxConcurrentJobsPerUser: Int
    var maxUploadsPerDayPerUser: Int
    var supportedMimeTypes = [UploadRoutes.mime]
    var signedUrlTtlSeconds = APILimits.signedURLSeconds

    static let example = UploadLimitsAnswer(
        maxFileSizeBytes: APILimits.usualFileSize, maxPages: 500, maxConcurrentJobsPerUser: 2,
        maxUploadsPerDayPerUser: 30)
}

extension UploadLimitsAnswer {
    init(_ limits: APILimits) {
        self.init(
            maxFileSizeBytes: limits.maxFileSizeBytes, maxPages: limits.maxPages,
            maxConcurrentJobsPerUser: limits.concurrentJobs, maxUploadsPerDayPerUser: limits.uploadsPerDay)
    }
}
