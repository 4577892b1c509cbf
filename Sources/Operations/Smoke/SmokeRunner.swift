import Contract
import Definitions
import FoundationEssentials
import HTTPClient
import Rollouts
import Secrets

/// Runs smoke suites over HTTP. Each run has its own random id, and its own files, removed at its end.
package struct SmokeRunner: SmokeTests {
    /// The header that every smoke request carries, with the run's id: such requests are never counted as traffic.
    package static let header = "X-Tidegate-Smoke"

    private let http: any HTTPSending
    private let secrets: @Sendable (SmokeRequest, Set<String>) async throws -> [String: Secret]
    private let makeUUID: @Sendable () -> String
    private let temporaryFolder: String
    private let clock: any EngineClock

    /// - Parameters:
    ///   - secrets: the values of the named secrets; asked for only when a suite names any.
    ///   - makeUUID: random, lower case.
    ///   - temporaryFolder: where the files that suites make are kept while they run.
    ///   - clock: measures how long steps and suites take, and waits between attempts.
    package init(
        http: any HTTPSending,
        secrets: @escaping @Sendable (SmokeRequest, Set<String>) async throws -> [String: Secret],
        makeUUID: @escaping @Sendable () -> String = { UUID().uuidString.lowercased() },
        temporaryFolder: String = FileManager.default.temporaryDirectory.path,
        clock: any EngineClock = SystemClock()
    ) {
        self.http = http
        self.secrets = secrets
        self.makeUUID = makeUUID
        self.temporaryFolder = temporaryFolder
        self.clock = clock
    }

    /// Takes the secrets from the bundle's seal, and the environment's control token, by the name that instances know
    /// it by, from the installation key.
    package init(http: any HTTPSending, seals: SealStore, key: InstallationKey) {
        self.init(http: http) { request, names in
            let token = InstanceEnvironment.controlToken
            var secrets: [String: Secret] = [:]
            if names != [token] {
                let sealed = try seals.open(bundle: request.bundle.text)
                for name in names { secrets[name] = SecretScope.value(of: name, in: sealed) }
            }
            if names.contains(token) { secrets[token] = Secret(key.controlToken(environment: request.environment)) }
            return secrets
        }
    }

    /// Suites run one after the other, in the order of the request; those that do not apply are left out. A suite that
    /// cannot be read has failed.
    package func run(_ request: SmokeRequest) async -> SmokeReport {
        var report = SmokeReport(suites: [])
        for text in request.suites {
            let (suite, findings) = SmokeSuite.read(text.text, path: text.path)
            guard let suite else {
                let reasons = findings.map { "\($0.place.file):\($0.place.line): \($0.message) \($0.fix)" }
                report.suites.append(.failed(text.path, step: "read the suite", reasons.joined(separator: "\n")))
                continue
            }
            for service in suite.runs(stage: request.stage, services: request.services) {
                report.suites.append(await run(suite, for: service, request))
            }
        }
        return report
    }

    private func run(_ suite: SmokeSuite, for service: String?, _ request: SmokeRequest) async -> SmokeReport.Suite {
        let name = service.map { "\(suite.name)/\($0)" } ?? suite.name
        let run = String(makeUUID().filter { $0 != "-" }.prefix(12))
        let opened: [String: Secret]
        do {
            opened = suite.secrets.isEmpty ? [:] : try await secrets(request, suite.secrets)
        } catch {
            return .failed(name, step: "open the bundle's secrets", "\(error)")
        }
        let values = SmokeValues(known: known(request, suite, service, run), secrets: opened, makeUUID: makeUUID)
        let files = SmokeFiles(folder: "\(temporaryFolder)/tidegate-smoke-\(run)")
        defer { files.remove() }
        var suiteRun = SuiteRun(
            suite: suite, service: service ?? suite.service, addresses: request.addresses,
            doors: request.doors.values.sorted { $0.url < $1.url }, run: run, http: http, values: values, files: files,
            clock: clock)
        let steps = await suiteRun.steps()
        return SmokeReport.Suite(suite: name, passed: !steps.isEmpty && steps.allSatisfy(\.passed), steps: steps)
    }

    private func known(_ request: SmokeRequest, _ suite: SmokeSuite, _ service: String?, _ run: String) -> [String:
        String]
    {
        var known = [
            "release": request.release, "bundle": request.bundle.text, "environment": request.environment,
            "stage": request.stage.rawValue, "run": run,
        ]
        for (service, address) in request.addresses {
            known["\(service.uppercased().map { $0.isLetter || $0.isNumber ? String($0) : "_" }.joined())_URL"] =
                address
        }
        for (service, digest) in request.configDigests { known["config_digest.\(service)"] = digest }
        for (service, paths) in request.paths {
            known["liveness.\(service)"] = paths.liveness
            known["readiness.\(service)"] = paths.readiness
        }
        if let service = service ?? suite.service {
            known["liveness"] = request.paths[service]?.liveness
            known["readiness"] = request.paths[service]?.readiness
            known["service"] = service
            known["config_digest"] = request.configDigests[service]
        }
        return known
    }
}

extension SmokeSuite {
    /// The names of the secrets that the steps use.
    var secrets: Set<String> {
        let prefix = "secret:"
        return Set(
            steps.flatMap(\.references).filter { $0.hasPrefix(prefix) }.map { String($0.dropFirst(prefix.count)) })
    }
}

extension SmokeReport.Suite {
    static func failed(_ suite: String, step: String, _ failure: String) -> SmokeReport.Suite {
        let step = SmokeReport.Step(name: step, passed: false, attempts: 1, milliseconds: 0, failure: failure)
        return SmokeReport.Suite(suite: suite, passed: false, steps: [step])
    }
}
