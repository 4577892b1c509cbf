import Analysis
import Definitions
import HTTPClient
import Rollouts
import Secrets
import Synchronization
import TestSupport
import Testing

@testable import Operations

/// A Prometheus that does not answer everybody.
@Suite(.timeLimit(.minutes(2)))
struct PrometheusAccessTests {
    private static let password = "canary-7f3a-password"
    /// What `--web.config.file` has of it: bcrypt.
    private static let web =
        "basic_auth_users: { tidegate: '$2b$04$abcdefghijklmnopqrstuuQKO73HYgv5AkxQeh4/VrYyhL96FQpBK' }\n"

    private func read(
        _ url: String, _ access: PrometheusAccess?, _ sealed: [String: Secret], _ http: HTTPClient,
        _ instances: [Instance]
    ) async -> SeriesReader.Found {
        let metric = MetricThreshold(
            name: "waiting", service: "worker", source: .query("jobs_waiting{release=\"${release}\"}"),
            limit: MetricLimit(.above, 10))
        var thresholds = Thresholds()
        (thresholds.metrics, thresholds.prometheus, thresholds.prometheusAccess) = ([metric], url, access)
        let request = SignalRequest(
            environment: "dev", service: "worker",
            arms: ["v2", "v1"].map { .init(bundle: Exporters.bundle($0), release: $0) }, thresholds: thresholds)
        // Only the bundle that is judged has it.
        let reader = SeriesReader(http: http, usage: NoUsage(), clock: MovedClock()) {
            $0 == Exporters.bundle("v2") ? sealed : [:]
        }
        return await reader.read(request, instances)
    }

    private func refusal(
        _ url: String, _ access: PrometheusAccess?, _ secrets: [String: Secret], _ http: HTTPClient
    ) async -> PreflightError? {
        var world = DriftWorld()
        let place = Place(file: "environments/dev.yaml", line: 12, column: 5)
        var environment = Environment(name: "dev", kind: .development, platform: .local, services: [])
        let metric = MetricThreshold(
            name: "waiting", service: "worker", source: .query("jobs_waiting"), limit: MetricLimit(.above, 10))
        environment.metrics = [Placed(name: "waiting", value: metric, place: place)]
        environment.prometheus = Placed(name: "prometheus", value: url, place: place)
        environment.prometheusAccess = access
        do throws(PreflightError) {
            try await SeriesCheck(http: http, platform: Standing(all: [])).check(
                environment, world.bundle(), secrets: secrets, running: nil)
            return nil
        } catch { return error }
    }

    @Test func `a real Prometheus with a password answers who has it, and nobody tells it`() async throws {
        let exporters = try Exporters([
            "v1": "jobs_waiting{release=\"v1\"} 3\n", "v2": "jobs_waiting{release=\"v2\"} 4\n",
        ])
        let prometheus = try RunningPrometheus(exporters, web: Self.web)
        let http = HTTPClient(name: "test")
        let right = ["METRICS_PASSWORD": Secret(Self.password)]
        let wrong = ["METRICS_PASSWORD": Secret("\(Self.password)-wrong")]
        let access = PrometheusAccess(user: "tidegate", secret: "METRICS_PASSWORD")
        #expect(
            await prometheus.has(
                "count(jobs_waiting) == 2", http, access: .init(user: "tidegate", secret: Secret(Self.password))))

        let found = await read(prometheus.url, access, right, http, exporters.instances)
        #expect(found.unanswered.isEmpty)
        #expect(found.readings[Exporters.bundle("v2")] == ["waiting": MetricReading(4)])
        #expect(found.readings[Exporters.bundle("v1")] == ["waiting": MetricReading(3)])
        #expect(await refusal(prometheus.url, access, right, http) == nil)

        let cases: [(PrometheusAccess?, [String: Secret], String)] = [
            (access, wrong, "does not accept the user's name and password"),
            (nil, right, "asks for a token or a password: name one under `prometheus`"),
            (access, [:], "has no secret `METRICS_PASSWORD`"),
        ]
        for (access, secrets, expected) in cases {
            let said = await read(prometheus.url, access, secrets, http, exporters.instances).unanswered["waiting"]
            #expect(said?.contains(expected) == true, "\(said ?? "nothing")")
            guard case .unreachable(let reason) = await refusal(prometheus.url, access, secrets, http) else {
                Issue.record("the plan says that nobody can say: \(expected)")
                continue
            }
            #expect(reason.contains(expected) && !(reason + (said ?? "")).contains(Self.password))
        }
        try await prometheus.command.stop()
        http.close()
    }

    @Test func `a token goes along as it is asked for`() async throws {
        let heads = Mutex<[String]>([])
        let server = try ScriptedServer { connection in
            while let request = connection.readRequest() {
                heads.withLock { $0.append(request.headers["authorization"] ?? "") }
                connection.respond(
                    headers: ["Content-Type: application/json"],
                    body: #"{"status":"success","data":{"resultType":"scalar","result":[1,"7"]}}"#)
            }
        }
        let http = HTTPClient(name: "test")
        let url = "http://127.0.0.1:\(server.port)"
        let token = PrometheusClient.Access(user: nil, secret: Secret("canary-token"))
        #expect(try await PrometheusClient(http: http, url: url, access: token).series("7")?.map(\.number) == [7])
        #expect(try await PrometheusClient(http: http, url: url).series("7")?.map(\.number) == [7])
        #expect(heads.withLock { $0 } == ["Bearer canary-token", ""])
        http.close()
    }
}
