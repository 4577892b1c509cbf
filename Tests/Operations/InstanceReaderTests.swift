import Contract
import HTTPClient
import Operations
import Rollouts
import Secrets
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1))) struct `Instances that are asked` {
    private func instance(_ server: ScriptedServer) -> Instance {
        Instance(
            id: "api-1", environment: "dev", service: "api", release: "v1", bundle: Digest(of: Array("b".utf8)), pid: 1,
            port: server.port, alive: true, ready: true, proof: .reported, since: Timestamp(microseconds: 1))
    }

    /// An instance that answers its control path and its readiness path with these bodies.
    private func report(config: String, readiness: String, status: String = "200 OK") async throws -> InstanceReport? {
        let server = try ScriptedServer { connection in
            while let request = connection.readRequest() {
                let isConfig = request.line.contains("/config")
                guard !isConfig || request.headers["authorization"] == "Bearer control-token" else {
                    connection.respond("401 Unauthorized")
                    continue
                }
                connection.respond(isConfig ? status : "200 OK", body: isConfig ? config : readiness)
            }
        }
        let http = HTTPClient(maximumConnections: 2, name: "test")
        defer { http.close() }
        return await InstanceReader(http: http, controlToken: { _ in Secret("control-token") })
            .report(instance(server), contract: DriftWorld.contract("api"))
    }

    @Test func `tell digests by name, alone or among other things`() async throws {
        let expected = InstanceReport.says(digests: ["NAME_0": "ab"], effective: [:])
        #expect(try await report(config: #"{"NAME_0":"ab"}"#, readiness: "{}") == expected)
        #expect(
            try await report(config: #"{"release":"v1","variables":{"NAME_0":"ab"}}"#, readiness: "ok") == expected)
    }

    @Test func `incident 5: the mode in effect is what health says, and not what was given`() async throws {
        let body = #"{"status":"ready","release":"v1","service_mode":"hybrid","checks":{"database":{"status":"ok"}}}"#
        let report = try #require(try await report(config: "{}", readiness: body))
        #expect(report == .says(digests: [:], effective: ["SERVICE_MODE": "hybrid"]))
        var world = DriftWorld()
        var bundle = world.bundle()
        bundle.services = [bundle.services[0]]
        bundle.services[0].replicas = 1
        bundle.services[0].variables = ["SERVICE_MODE": "real"]
        bundle.services[0].secrets = [:]
        var instance = Instance(
            id: "api-1", environment: "dev", service: "api", release: "v1", bundle: bundle.digest, alive: true,
            ready: true, proof: .reported, since: Timestamp(microseconds: 1))
        instance.configDigest = "c"
        let comparison = InstanceComparison(
            running: bundle, known: [bundle.digest], instances: [instance],
            reports: ["api-1": .says(digests: nil, effective: ["SERVICE_MODE": "hybrid"])], valueDigest: { $0 + $1 })
        #expect(comparison.findings.map(\.message) == ["says that hybrid is in effect, and was given real"])
    }

    @Test func `are silent when they refuse or answer with something else, which is not the same as well`() async throws
    {
        #expect(
            try await report(config: "", readiness: "{}", status: "404 Not Found")
                == .silent(reason: "/config answers 404"))
        #expect(
            try await report(config: "[1]", readiness: "{}")
                == .silent(reason: "/config answers with something else than its variables' digests"))
    }
}
