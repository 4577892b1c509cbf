import Documents
import HTTPClient
import Storage
import TestSupport
import Testing

/// API, worker and stand-in as processes; the stand-in's webhook goes to the API over HTTP.
@Suite(.serialized, .timeLimit(.minutes(4))) struct `A webhook that the stand-in sends to the API` {
    private static let secret = "0123456789abcdef0123456789abcdef0123456789abcdef"

    /// A document at which the parser is longer than the worker waits.
    /// - Returns: how long its job took, in seconds, and how its deliveries were recorded.
    private func pass(
        _ faults: String, _ check: (WorkerFleet) async throws -> Void = { _ in }
    ) async throws -> (seconds: Double, deliveries: Int, replays: Int) {
        let fleet = try await WorkerFleet(postgresql: false)
        try await fleet.setFaults(faults)
        let port = try freePort()
        let base = "http://127.0.0.1:\(port)"
        let api = try fleet.start("a1", as: "api", ["PORT": "\(port)", "JWT_SECRET": "k1:\(Self.secret)"])
        let worker = try fleet.start("w1", ["WEBHOOK_BASE_URL": base])
        let http = fleet.http
        let isUp = await eventually(within: .seconds(40)) {
            do { return try await http.send(HTTPRequest("GET", base + "/health/live")).status == 200 } catch {
                return false
            }
        }
        let complaints = try api.errors
        #expect(isUp, "\(complaints)")
        let begin = ContinuousClock.now
        try await fleet.upload(1)
        let isDone = try await fleet.areDone(within: .seconds(90))
        let reasons = try worker.errors
        #expect(isDone, "\(reasons)")
        let took = (ContinuousClock.now - begin) / .seconds(1)
        try await check(fleet)
        let row = try await fleet.database.read { connection in
            try connection.query("SELECT COUNT(*) AS n, COALESCE(SUM(replays), 0) AS replays FROM webhook_deliveries")
        }[0]
        try await fleet.expectPaidOnce(1)
        try await worker.stop()
        try await api.stop()
        try await fleet.close()
        return (took, try row.get("n"), try row.get("replays"))
    }

    @Test func `ends the wait of its job at once`() async throws {
        let end = try await pass(#"{"parse_ms":4000,"provider":"llamaparse"}"#)
        // Without it, the job is asked about after half a minute.
        #expect(end.deliveries == 1 && end.replays == 0 && end.seconds < 25)
    }

    @Test func `late ends the wait when it comes`() async throws {
        let end = try await pass(#"{"parse_ms":3000,"webhook_delay_ms":4000,"provider":"llamaparse"}"#)
        #expect(end.deliveries == 1 && (7..<28).contains(end.seconds))
    }

    @Test func `again and again is counted, and moves nothing`() async throws {
        let end = try await pass(#"{"parse_ms":4000,"webhook_repeats":3,"provider":"llamaparse"}"#) { fleet in
            let isRecorded = try await eventually {
                try await fleet.database.read { connection in
                    try connection.query("SELECT 1 FROM webhook_deliveries WHERE replays = 3").count == 1
                }
            }
            #expect(isRecorded)
        }
        #expect(end.deliveries == 1 && end.replays == 3 && end.seconds < 25)
    }

    @Test(arguments: [#""webhook_forged":true"#, #""webhook_lost":true"#])
    func `forged or lost is not believed, and its job is asked about in time`(fault: String) async throws {
        let end = try await pass(#"{"parse_ms":4000,\#(fault),"provider":"llamaparse"}"#)
        #expect(end.deliveries == 0 && end.replays == 0 && end.seconds >= 25)
    }
}
