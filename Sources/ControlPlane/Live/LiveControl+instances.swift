import Definitions
import Rollouts

extension LiveControl {
    package func smoke(_ environment: String, _ body: SmokeBody) async throws -> [SmokeDocument] {
        _ = try parts.environments.known(environment)
        return try await Explanations.explaining {
            guard let bundle = try await parts.engine.state(environment: environment).current else {
                throw Refusal(
                    "nothing_runs", "Nothing runs in \(environment) yet: tidegate rollout \(environment) --release …",
                    exit: .refused)
            }
            let suites = try suites(of: bundle, named: body.suite)
            let instances = try await parts.platform.instances(environment: environment)
            var addresses: [String: String] = [:]
            var doors: [String: RouterDoor] = [:]
            for service in bundle.services {
                let instance = instances.first {
                    $0.service == service.name && $0.bundle == bundle.digest && $0.ready
                }
                addresses[service.name] = instance?.url
                if let port = service.port { doors[service.name] = try await parts.router.door(bundle, port: port) }
            }
            let report = await parts.smoke.run(
                SmokeRequest(
                    environment: environment, release: bundle.release, bundle: bundle.digest, stage: .final,
                    addresses: addresses, doors: doors,
                    configDigests: Dictionary(
                        bundle.services.map { ($0.name, $0.configDigest) }, uniquingKeysWith: { first, _ in first }),
                    paths: bundle.contractPaths, services: bundle.services.map(\.name), suites: suites))
            // A single suite proves only what it asks.
            if body.suite == nil, !report.suites.isEmpty { try await record(report, bundle) }
            return report.suites.map(SmokeDocument.init)
        }
    }

    private func record(_ report: SmokeReport, _ bundle: Bundle) async throws {
        let evidence = GateFacts.Evidence(
            kind: .smoke, passed: report.passed, at: now, by: "tidegate smoke", environment: bundle.environment)
        try await parts.gates.add(evidence, to: bundle.release)
    }

    private func suites(of bundle: Bundle, named name: String?) throws -> [SmokeSuiteText] {
        guard let name else { return bundle.smoke }
        let suites = bundle.smoke.filter { suite in
            let file = suite.path.split(separator: "/").last.map(String.init) ?? suite.path
            return [suite.path, file, String(file.prefix { $0 != "." })].contains(name)
        }
        guard !suites.isEmpty else {
            throw Refusal(
                "unknown_suite",
                "There is no suite \(name); there are: \(bundle.smoke.map(\.path).joined(separator: ", "))",
                exit: .usage)
        }
        return suites
    }

    package func logs(
        _ environment: String, target: String?, lines: Int, follow: Bool
    ) async throws -> AsyncThrowingStream<LogLineDocument, any Error> {
        _ = try parts.environments.known(environment)
        let reader = LogReader(platform: parts.platform, environment: environment, target: target)
        if try await Explanations.explaining({ try await reader.instances() }).isEmpty, let target {
            throw Refusal(
                "unknown_instance", "No service or instance \(target) runs in \(environment): see tidegate status",
                exit: .usage)
        }
        return AsyncThrowingStream { continuation in
            let task = Task {
                do {
                    var seen: [String: [String]] = [:]
                    repeat {
                        for line in try await reader.read(lines: lines, seen: &seen) { continuation.yield(line) }
                        if follow { try await ContinuousClock().sleep(for: .milliseconds(500)) }
                    } while follow
                    continuation.finish()
                } catch is CancellationError {
                    continuation.finish()
                } catch {
                    continuation.finish(throwing: Explanations.explain(error))
                }
            }
            continuation.onTermination = { _ in task.cancel() }
        }
    }
}

/// Reads instances' last lines, and tells what is new in them.
struct LogReader: Sendable {
    /// How far back a follower looks for where it was.
    static let window = 500

    let platform: any Platform
    let environment: String
    let target: String?

    func instances() async throws -> [Instance] {
        try await platform.instances(environment: environment).filter { instance in
            target == nil || instance.service == target || instance.id == target
                || target.map { $0.count >= 4 && instance.id.hasSuffix($0) } == true
        }
    }

    /// - Parameter seen: the tail of each instance as it was last read; a new one starts with its last `lines`.
    func read(lines: Int, seen: inout [String: [String]]) async throws -> [LogLineDocument] {
        var documents: [LogLineDocument] = []
        for instance in try await instances() {
            let tail = try await platform.logTail(
                environment: environment, instance: instance.id, lines: max(lines, Self.window))
            let new = seen[instance.id].map { Self.new(in: tail, after: $0) } ?? Array(tail.suffix(lines))
            seen[instance.id] = tail
            documents += new.map {
                LogLineDocument(
                    instance: instance.id, service: instance.service, release: instance.release, line: $0)
            }
        }
        return documents
    }

    /// The lines of `tail` behind the longest end of `before` that it starts with.
    static func new(in tail: [String], after before: [String]) -> [String] {
        for overlap in stride(from: min(tail.count, before.count), to: 0, by: -1)
        where tail.prefix(overlap).elementsEqual(before.suffix(overlap)) {
            return Array(tail.dropFirst(overlap))
        }
        return tail
    }
}

extension SmokeDocument {
    init(_ suite: SmokeReport.Suite) {
        self.init(
            suite: suite.suite, passed: suite.passed,
            steps: suite.steps.map { step in
                Step(
                    name: step.name, passed: step.passed, attempts: step.attempts, milliseconds: step.milliseconds,
                    timings: step.timings.map {
                        Step.Timings(
                            dns: $0.dns, connect: $0.connect, tls: $0.tls, firstByte: $0.firstByte, total: $0.total)
                    }, failure: step.failure)
            })
    }
}
