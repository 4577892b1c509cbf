import Analysis
import Contract
import Definitions
import HTTPClient
import Rollouts
import Synchronization
import TestSupport
import Testing

@testable import Operations

/// Instances that tell what a test writes, by release.
final class Exporters: Sendable {
    let texts: Mutex<[String: String]>
    private let servers: [String: ScriptedServer]

    init(_ texts: [String: String]) throws {
        self.texts = Mutex(texts)
        let box = Box()
        servers = try texts.keys.reduce(into: [:]) { servers, release in
            servers[release] = try ScriptedServer { connection in
                while connection.readRequest() != nil {
                    guard let text = box.exporters.withLock({ $0?.texts.withLock { $0[release] } }) else { return }
                    connection.respond(headers: ["Content-Type: text/plain; version=0.0.4"], body: text)
                }
            }
        }
        box.exporters.withLock { $0 = self }
    }

    private final class Box: Sendable {
        struct Weak: Sendable { weak var value: Exporters? }
        let exporters = Mutex<Exporters?>(nil)
    }

    var instances: [Instance] {
        servers.sorted { $0.key < $1.key }.map { release, server in
            Instance(
                id: "worker-\(release)", environment: "dev", service: "worker", release: release,
                bundle: Self.bundle(release), pid: 1, port: server.port, alive: true, ready: true, proof: .reported,
                since: Timestamp(microseconds: 1))
        }
    }

    static func bundle(_ release: String) -> Digest { Digest(of: Array(release.utf8)) }

    func say(_ release: String, _ text: String) { texts.withLock { $0[release] = text } }
}

/// A clock that a test moves.
final class MovedClock: WallClock {
    private let time = Mutex<Int64>(1_000_000_000)
    var now: Timestamp { Timestamp(microseconds: time.withLock { $0 }) }
    func go(_ seconds: Int64) { time.withLock { $0 += seconds * 1_000_000 } }
}

struct NoUsage: UsageSource {
    func usage(of instances: [Instance]) async -> [String: InstanceUsage] { [:] }
}

extension RunningPrometheus {
    init(_ exporters: Exporters, web: String = "") throws {
        try self.init(exporters.instances.compactMap(\.port), web: web)
    }

    func has(_ query: String, _ http: HTTPClient, access: PrometheusClient.Access? = nil) async -> Bool {
        let client = PrometheusClient(http: http, url: url, access: access)
        return await eventually(within: .seconds(60)) {
            do { return try await client.series(query)?.isEmpty == false } catch { return false }
        }
    }
}

@Suite(.timeLimit(.minutes(3)), .serialized)
struct PrometheusTests {
    private static let place = Place(file: "environments/dev.yaml", line: 12, column: 5)

    private func threshold(_ query: String, _ side: MetricLimit.Side = .above) -> MetricThreshold {
        MetricThreshold(name: "waiting", service: "worker", source: .query(query), limit: MetricLimit(side, 10))
    }

    private func request(_ metric: MetricThreshold, _ url: String) -> SignalRequest {
        var thresholds = Thresholds()
        (thresholds.metrics, thresholds.prometheus) = ([metric], url)
        return SignalRequest(
            environment: "dev", service: "worker",
            arms: ["v2", "v1"].map { .init(bundle: Exporters.bundle($0), release: $0) }, thresholds: thresholds)
    }

    private func refusal(
        _ query: String, _ url: String, _ http: HTTPClient, running: Bundle?, _ instances: [Instance]
    ) async -> PreflightError? {
        var world = DriftWorld()
        var environment = Environment(name: "dev", kind: .development, platform: .local, services: [])
        environment.metrics = [Placed(name: "waiting", value: threshold(query), place: Self.place)]
        environment.prometheus = Placed(name: "prometheus", value: url, place: Self.place)
        let check = SeriesCheck(http: http, platform: Standing(all: instances))
        do throws(PreflightError) {
            try await check.check(environment, world.bundle(), running: running)
            return nil
        } catch { return error }
    }

    private func running() -> Bundle {
        var world = DriftWorld()
        var bundle = world.bundle()
        (bundle.digest, bundle.release) = (Exporters.bundle("v1"), "v1")
        return bundle
    }

    @Test func `a real Prometheus is asked for both bundles, and the worst of several series counts`() async throws {
        let exporters = try Exporters([
            "v1": "jobs_waiting{release=\"v1\",queue=\"a\"} 3\njobs_waiting{release=\"v1\",queue=\"b\"} 1\n",
            "v2": "jobs_waiting{release=\"v2\",queue=\"a\"} 4\njobs_waiting{release=\"v2\",queue=\"b\"} 40\n",
        ])
        let prometheus = try RunningPrometheus(exporters)
        let http = HTTPClient(name: "test")
        #expect(await prometheus.has("count(jobs_waiting) == 4", http))
        let clock = MovedClock()
        let reader = SeriesReader(http: http, usage: NoUsage(), clock: clock)

        let byRelease = threshold("jobs_waiting{release=\"${release}\"}")
        let found = await reader.read(request(byRelease, prometheus.url), exporters.instances)
        #expect(found.unanswered.isEmpty)
        #expect(found.readings[Exporters.bundle("v2")] == ["waiting": MetricReading(40)])
        #expect(found.readings[Exporters.bundle("v1")] == ["waiting": MetricReading(3)])
        let below = threshold("jobs_waiting{instance=~\"${instances}\"}", .below)
        let least = await reader.read(request(below, prometheus.url), exporters.instances)
        #expect(least.readings[Exporters.bundle("v2")] == ["waiting": MetricReading(4)])

        // No series and no number are no reading, and no failure.
        let none = threshold("jobs_waiting{release=\"${release}\",queue=\"c\"}")
        #expect(
            await reader.read(request(none, prometheus.url), exporters.instances).readings.values.allSatisfy {
                $0.isEmpty
            })
        let divided = threshold("0 * jobs_waiting{release=\"${release}\"} / 0")
        let nothing = await reader.read(request(divided, prometheus.url), exporters.instances)
        #expect(nothing.readings.values.allSatisfy { $0.isEmpty } && nothing.unanswered.isEmpty)

        // One that is gone is told, and asked again after a while.
        try await prometheus.command.stop()
        clock.go(6)
        let gone = await reader.read(request(byRelease, prometheus.url), exporters.instances)
        #expect(gone.unanswered["waiting"]?.contains("does not answer") == true)
        #expect(gone.readings.values.allSatisfy { $0.isEmpty })
        http.close()
    }

    @Test func `what a Prometheus does not know, cannot read or does not answer fails the plan with its line`()
        async throws
    {
        let exporters = try Exporters(["v1": "jobs_waiting{release=\"v1\"} 3\n"])
        let prometheus = try RunningPrometheus(exporters)
        let http = HTTPClient(name: "test")
        #expect(await prometheus.has("jobs_waiting", http))
        let good = "max(jobs_waiting{release=\"${release}\"})"
        #expect(await refusal(good, prometheus.url, http, running: running(), exporters.instances) == nil)

        let slip = "max(job_waiting{release=\"${release}\"})"
        guard
            case .invalid(let unknown) = await refusal(
                slip, prometheus.url, http, running: running(), exporters.instances)
        else {
            Issue.record("a name that nobody has is refused")
            return
        }
        #expect(unknown.map(\.rule) == ["metrics.unknown"] && unknown.first?.place == Self.place)
        #expect(
            unknown.first?.message
                == "the query of `waiting` gives no series for v1, which runs now: Prometheus knows no `job_waiting`.")
        #expect(unknown.first?.fix == "Write `jobs_waiting`.")

        guard
            case .invalid(let unread) = await refusal(
                "max(jobs_waiting", prometheus.url, http, running: nil, exporters.instances)
        else {
            Issue.record("a query that cannot be read is refused, also for a first bundle")
            return
        }
        #expect(
            unread.map(\.rule) == ["metrics.query"]
                && unread.first?.message.contains("unclosed left parenthesis") == true)
        guard
            case .invalid(let text) = await refusal(
                "jobs_waiting{release=\"${release}\"}[1m]", prometheus.url, http, running: running(),
                exporters.instances)
        else {
            Issue.record("a query that gives no number is refused")
            return
        }
        #expect(text.first?.message.contains("matrix") == true)
        #expect(await refusal(slip, prometheus.url, http, running: nil, exporters.instances) == nil)

        try await prometheus.command.stop()
        guard
            case .unreachable(let reason) = await refusal(
                good, prometheus.url, http, running: running(), exporters.instances)
        else {
            Issue.record("nobody can say")
            return
        }
        #expect(
            reason.hasPrefix("environments/dev.yaml:12: the threshold `waiting`: the Prometheus at \(prometheus.url)"))
        http.close()
    }
}

/// A platform whose instances stand as they are.
struct Standing: Platform {
    var all: [Instance]

    func ensure(
        _ bundle: Bundle, service: String, count: Int, deadline: Duration
    ) async throws(PlatformError) -> [Instance] { all }
    func instances(environment: String) async throws(PlatformError) -> [Instance] { all }
    func stop(environment: String, service: String, bundle: Digest) async throws(PlatformError) {}
    func stop(environment: String, instances: [String]) async throws(PlatformError) {}
    func restart(environment: String, instance: String) async throws(PlatformError) {}
    func migrate(_ bundle: Bundle, deadline: Duration) async throws(PlatformError) -> MigrationReport {
        MigrationReport(output: "")
    }
    func logTail(environment: String, instance: String, lines: Int) async throws(PlatformError) -> [String] { [] }
}
