import Documents
import Hummingbird

/// Well-formed answers that store nothing, for a front end's first steps. In production these paths do not exist.
struct TrialRoutes: Sendable {
    let clock: MicrosecondClock

    private struct Announced: Encodable {
        var jobId: String
        var documentId: String
        var signedUrl: String
        var uploadExpiresAt: String
    }

    private struct Job: Encodable {
        struct Progress: Encodable {
            var statusPct = 100
            var totalPct = 100
        }
        var jobId: String
        var status = "complete"
        var state = "done"
        var retryCount = 0
        var progress = Progress()
        var costCents = 0
        var updatedAt: String
    }

    func add(to router: Router<APIContext>) {
        router.post("/test/upload") { _, _ in
            let id = RandomBytes.uuid()
            return try Answer.json(
                Announced(
                    jobId: id, documentId: RandomBytes.uuid(), signedUrl: "\(SignedUploadURL.path)/\(id)",
                    uploadExpiresAt: Timestamp.text(
                        microseconds: clock() + Int64(APILimits.signedURLSeconds) * 1_000_000)))
        }
        router.get("/test/jobs/{id}") { _, context in
            try Answer.json(
                Job(jobId: try context.parameters.require("id"), updatedAt: Timestamp.text(microseconds: clock())))
        }
    }
}
