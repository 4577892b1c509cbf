import Contract
import Definitions
import HTTPClient
import Rollouts
import Secrets
import Storage

/// Makes sure, before a rollout begins, that every series that the environment's file names is there: it is asked for the
/// bundle that runs. Of a service that nothing runs of yet only the query's form can be known.
package struct SeriesCheck: Sendable {
    private let http: any HTTPSending
    private let platform: any Platform

    package init(http: any HTTPSending, platform: any Platform) {
        self.http = http
        self.platform = platform
    }

    /// - Parameter database: has the bundle that runs.
    package func check(
        _ environment: Environment, _ bundle: Bundle, secrets: [String: Secret], database: any Database
    ) async throws(PreflightError) {
        guard !environment.metrics.isEmpty else { return }
        let running: Bundle?
        do {
            running = try await database.read { try EnvironmentRecord.state(environment.name, $0).current }
        } catch { throw .failed(reason: "\(error)") }
        guard running?.digest != bundle.digest else { return }
        try await check(environment, bundle, secrets: secrets, running: running)
    }

    /// - Throws: `.invalid` for what is unknown, `.unreachable` when nobody can say.
    package func check(
        _ environment: Environment, _ bundle: Bundle, secrets: [String: Secret] = [:], running: Bundle?
    ) async throws(PreflightError) {
        let instances: [Instance]
        do { instances = try await platform.instances(environment: environment.name) } catch {
            throw .failed(reason: error.description)
        }
        var findings: [Finding] = []
        var silent: [String] = []
        for metric in environment.metrics {
            let isKnown = running?.service(metric.value.service) != nil
            let asked = isKnown ? running ?? bundle : bundle
            let own = instances.filter { $0.service == metric.value.service && $0.bundle == asked.digest && $0.alive }
            do throws(Flaw) {
                switch metric.value.source {
                case .platform: break
                case .query(let query):
                    let prometheus = try client(environment, secrets)
                    try await check(query, metric, prometheus, environment, asked, own, needsSeries: isKnown)
                case .sample(let selector, _):
                    if isKnown { try await check(selector, metric, bundle, own) }
                }
            } catch {
                switch error {
                case .unknown(let rule, let message, let fix):
                    findings.append(
                        Finding(
                            rule: rule, environment: environment.name, place: metric.place, name: metric.name,
                            message: message, fix: fix))
                case .silent(let reason):
                    silent.append(
                        "\(metric.place.file):\(metric.place.line): the threshold `\(metric.name)`: \(reason)")
                }
            }
        }
        guard findings.isEmpty else { throw .invalid(findings) }
        guard silent.isEmpty else { throw .unreachable(reason: silent.joined(separator: "\n")) }
    }

    private enum Flaw: Error {
        case unknown(rule: String, message: String, fix: String)
        case silent(String)
    }

    private func client(
        _ environment: Environment, _ secrets: [String: Secret]
    ) throws(Flaw) -> PrometheusClient {
        guard let url = environment.prometheus?.value else { throw .silent("no Prometheus is named") }
        do {
            let access = try PrometheusClient.Access(environment.prometheusAccess) { secrets }
            return PrometheusClient(http: http, url: url, access: access, timeout: .seconds(10))
        } catch { throw .silent("\(error)") }
    }

    private func check(
        _ query: String, _ metric: Placed<MetricThreshold>, _ prometheus: PrometheusClient, _ environment: Environment,
        _ bundle: Bundle, _ instances: [Instance], needsSeries: Bool
    ) async throws(Flaw) {
        let request = SignalRequest(
            environment: environment.name, service: metric.value.service, arms: [], thresholds: Thresholds())
        let text = QueryText.expand(
            query, request, .init(bundle: bundle.digest, release: bundle.release), instances)
        let names: [String]
        do throws(PrometheusClient.Failure) {
            guard try await prometheus.series(text) == nil, needsSeries else { return }
            names = try await prometheus.names()
        } catch {
            switch error {
            case .unreachable: throw .silent("\(error)")
            case .query(let reason):
                throw .unknown(
                    rule: "metrics.query", message: "Prometheus cannot read the query of `\(metric.name)`: \(reason).",
                    fix: "Mend the query.")
            }
        }
        throw Self.noSeries(metric, bundle, query, names)
    }

    private static func noSeries(
        _ metric: Placed<MetricThreshold>, _ bundle: Bundle, _ query: String, _ names: [String]
    ) -> Flaw {
        let unknown = QueryNames.metrics(in: query).first { !names.contains($0) }
        let nearest = unknown.flatMap { Suggestion.nearest(to: $0, among: names) }
        return .unknown(
            rule: "metrics.unknown",
            message: "the query of `\(metric.name)` gives no series for \(bundle.release), which runs now"
                + (unknown.map { ": Prometheus knows no `\($0)`." } ?? "."),
            fix: nearest.map { "Write `\($0)`." } ?? "Try the query in Prometheus with the release that runs.")
    }

    private func check(
        _ selector: SampleSelector, _ metric: Placed<MetricThreshold>, _ bundle: Bundle, _ instances: [Instance]
    ) async throws(Flaw) {
        guard let path = bundle.service(metric.value.service)?.artifact.contract.paths.metrics else {
            throw .silent("\(metric.value.service) has no path for OpenMetrics in its contract")
        }
        let texts = await Exposition.all(of: instances, paths: [path], http)
        var known: [OpenMetrics] = []
        var reason = "none is running"
        for result in texts.values {
            switch result {
            case .success(let text): known.append(text)
            case .failure(let failure): reason = failure.reason
            }
        }
        guard !known.isEmpty else {
            throw .silent("no instance of \(metric.value.service) tells its OpenMetrics: \(reason)")
        }
        guard
            let flaw = Exposition.flaw(
                selector, metric: metric.name, service: metric.value.service, known)
        else { return }
        throw .unknown(
            rule: "metrics.unknown", message: flaw,
            fix: Exposition.nearest(to: selector.name, known).map { "Write `\($0)`." }
                ?? "Name a sample that it exposes, or roll out the release that exposes it first.")
    }
}

/// The names in a query that are metrics', as far as that can be told without a parser.
enum QueryNames {
    private static let words: Set<String> = [
        "by", "without", "on", "ignoring", "group_left", "group_right", "offset", "bool", "and", "or", "unless",
        "start",
        "end", "inf", "nan",
    ]

    /// Whether `by` or `without` comes next: then what stands before is an operator.
    private static func groups(_ rest: Substring) -> Bool {
        let word = rest.drop { $0.isWhitespace }.prefix { $0.isLetter }
        return ["by", "without"].contains(word.lowercased())
    }

    static func metrics(in query: String) -> [String] {
        var found: [String] = []
        var rest = query[...]
        var closers: [Character] = []
        var isLabels = false
        while let first = rest.first {
            if let closer = closers.last {
                rest = rest.dropFirst()
                if first == "\\" {
                    rest = rest.dropFirst()
                } else if first == closer {
                    closers.removeLast()
                } else if closer == "}", first == "\"" || first == "'" {
                    closers.append(first)
                }
            } else if first == "\"" || first == "'" || first == "`" {
                closers.append(first)
                rest = rest.dropFirst()
            } else if first == "{" || first == "[" {
                closers.append(first == "{" ? "}" : "]")
                rest = rest.dropFirst()
            } else if first.isLetter || first == "_" || first == ":" {
                let name = String(rest.prefix { $0.isLetter || $0.isNumber || $0 == "_" || $0 == ":" })
                rest = rest.dropFirst(name.count)
                let next = rest.first { $0 != " " }
                if words.contains(name.lowercased()) {
                    isLabels = next == "("
                } else if next != "(", !isLabels, !groups(rest) {
                    found.append(name)
                }
            } else {
                if first == ")" { isLabels = false }
                rest = rest.dropFirst(
                    first.isNumber ? rest.prefix { $0.isNumber || $0.isLetter || $0 == "." }.count : 1)
            }
        }
        return found
    }
}
