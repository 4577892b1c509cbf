import Documents
import FoundationEssentials
import Hummingbird

/// Well-formed answers that store nothing, for a front end's first steps. In production these paths do not exist.
struct TrialRoutes: Sendable {
    let clock: MicrosecondClock

    var endpoints: [Endpoint] {
        [
            Endpoint(
                .post, "/test/upload", "What announcing a document would answer; nothing is stored", .open,
                gives: AnnouncedUpload.self
            ) { _, _ in
                let id = RandomBytes.uuid()
                return AnnouncedUpload(
                    jobId: id, documentId: RandomBytes.uuid(), signedUrl: "\(SignedUploadURL.path)/\(id)",
                    uploadExpiresAt: Timestamp.text(
                        microseconds: clock() + Int64(APILimits.signedURLSeconds) * 1_000_000))
            },
            Endpoint(
                .get, "/test/jobs/{id}", "What a job looks like when it is done", .open, gives: JobDetail.self,
                refuses: [.init(.notFound, "The id is no UUID.")]
            ) { _, context in
                var job = JobDetail.example
                job.jobId = try context.identifier("job")
                job.documentId = RandomBytes.uuid()
                job.costCents = 0
                job.lastError = nil
                job.updatedAt = Timestamp.text(microseconds: clock())
                job.correlationId = context.correlationID
                return job
            },
        ]
    }
}
