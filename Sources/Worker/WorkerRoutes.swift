import Documents
import FoundationEssentials
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import OpenMetrics
import Storage

/// The worker's own pages: health, metrics, and the control paths that its platform uses.
struct WorkerRoutes: Sendable {
    let environment: WorkerEnvironment
    let state: WorkerState
    let metrics: WorkerMetrics
    let health: WorkerHealthReporter
    let identity: InstanceIdentity
    let heartbeat: Heartbeat

    struct Share: Codable {
        var from: Int
        var to: Int
    }

    func router() -> Router<BasicRequestContext> {
        let router = Router()
        router.get("/health") { _, _ in
            let report = health.report()
            return try Self.json(report, status: report.status == .unready ? .serviceUnavailable : .ok)
        }
        router.get("/health/live") { _, _ in try Self.json(["status": "alive"]) }
        router.get("/metrics") { request, _ in
            // Only this machine can connect here; what a router passes on comes from outside.
            guard
                !request.headers.contains(where: { $0.name.canonicalName == "x-forwarded-for" })
                    || identity.isControl(bearer(request))
            else {
                throw HTTPError(.notFound)
            }
            return await scrape()
        }
        router.get("/control/share") { request, _ in
            try authorize(request)
            return try Self.json(Share(from: state.share.lower, to: state.share.upper))
        }
        router.put("/control/share") { request, _ in
            try authorize(request)
            return try await setShare(request)
        }
        router.get("/control/config") { request, _ in
            try authorize(request)
            return try Self.json(identity.digests ?? [:])
        }
        return router
    }

    /// Answers when the share is in force, so that whoever shrinks one worker may then grow another. It is on record then too,
    /// or, when the database does not answer, with the next heartbeat that it takes: no rollback waits for that.
    private func setShare(_ request: Request) async throws -> Response {
        let body = try await request.body.collect(upTo: 4096)
        let asked: Share
        do {
            asked = try JSONDecoder().decode(Share.self, from: Data(body.readableBytesView))
        } catch { throw HTTPError(.badRequest, message: "The body must be {\"from\":0,\"to\":50}.") }
        guard let share = JobBuckets(from: asked.from, to: asked.to) else {
            throw HTTPError(.unprocessableContent, message: "A share lies within 0 ≤ from ≤ to ≤ 100.")
        }
        state.setShare(share)
        await heartbeat.beat()
        environment.logger.info("share is now \(share.lower)..<\(share.upper)")
        return try Self.json(asked)
    }

    private func scrape() async -> Response {
        let now = environment.now()
        var queue: QueueFigures?
        var events: EventFigures?
        do {
            (queue, events) = try await environment.database.read { connection in
                (try JobList.queue(now: now, on: connection), try EventStreams.figures(on: connection))
            }
        } catch { environment.logger.error("the queue cannot be measured: \(error)") }
        let text = metrics.text(
            identity: identity, share: state.share, inFlight: state.inFlight, queue: queue,
            events: events)
        return Self.response(Array(text.utf8), type: OpenMetricsText.contentType)
    }

    private func authorize(_ request: Request) throws {
        guard identity.isControl(bearer(request)) else {
            throw HTTPError(.unauthorized, message: "This path asks for the instance's control token.")
        }
    }

    private func bearer(_ request: Request) -> String? {
        let header = request.headers[.authorization] ?? ""
        return header.hasPrefix("Bearer ") ? String(header.dropFirst("Bearer ".count)) : nil
    }

    private static func json(_ value: some Encodable, status: HTTPResponse.Status = .ok) throws -> Response {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return response(Array(try encoder.encode(value)), type: "application/json", status: status)
    }

    private static func response(
        _ bytes: [UInt8], type: String, status: HTTPResponse.Status = .ok
    ) -> Response {
        Response(
            status: status, headers: [.contentType: type], body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
    }
}
