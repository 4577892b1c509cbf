import Analysis
import Definitions
import HTTPClient
import Rollouts
import Secrets

/// Reads the series that environments' files name themselves, for both bundles of a service: what instances expose, what a
/// Prometheus has, and what the platform knows.
package actor SeriesReader {
    /// What one look found.
    package struct Found: Sendable, Equatable {
        package var readings: [Digest: [String: MetricReading]] = [:]
        /// Of metrics with `by`: the readings for each set of values of these labels.
        package var parts: [Digest: [String: [Labels: MetricReading]]] = [:]
        /// Series about which nobody could be asked, with the reason.
        package var unanswered: [String: String] = [:]
    }

    /// How long an answer of Prometheus is good for, and how long one that does not answer is left alone: a look is not to
    /// wait for it every time.
    static let pace: Int64 = 5_000_000
    static let rest: Int64 = 10_000_000

    private struct Asked {
        var at: Timestamp
        var result: Result<[Labels: Double], PrometheusClient.Failure>
    }

    /// What an instance counted when it was last asked, and the totals of all that a bundle's instances have counted since the
    /// first time.
    private struct Counters {
        var last: [String: MetricReading] = [:]
        var totals: [String: MetricReading] = [:]
    }

    private let http: any HTTPSending
    private let usage: any UsageSource
    private let clock: any WallClock
    private let secrets: BundleSecrets
    private var asked: [String: Asked] = [:]
    private var counters: [String: Counters] = [:]

    /// A bundle's secrets, by their keys.
    package typealias BundleSecrets = @Sendable (_ bundle: Digest) throws -> [String: Secret]

    package init(
        http: any HTTPSending, usage: any UsageSource, clock: any WallClock,
        secrets: @escaping BundleSecrets = { _ in [:] }
    ) {
        self.secrets = secrets
        self.http = http
        self.usage = usage
        self.clock = clock
    }

    /// - Parameter instances: the service's, of all bundles.
    package func read(_ request: SignalRequest, _ instances: [Instance]) async -> Found {
        let arms = request.arms.map { arm in (arm, instances.filter { $0.bundle == arm.bundle && $0.alive }) }
            .filter { !$0.1.isEmpty }
        let running = arms.flatMap(\.1)
        let texts = await Exposition.all(
            of: running, paths: request.paths, of: request.metrics.compactMap(\.source.selector), http)
        let isUsageAsked = request.metrics.contains { $0.source.isUsage }
        let used = isUsageAsked ? await usage.usage(of: running) : [:]
        var found = Found()
        for metric in request.metrics {
            for (arm, own) in arms {
                let isCandidate = arm == request.arms.first
                let result: Result<MetricReading?, Unanswered>
                switch metric.source {
                case .query(let query):
                    result = await ask(query, metric, request, arm, own).map { worst in
                        if metric.by != nil {
                            let parts = worst.mapValues { MetricReading($0) }
                            found.parts[arm.bundle, default: [:]][metric.name] = parts
                        }
                        return metric.limit.worst(of: Array(worst.values)).map { MetricReading($0) }
                    }
                case .sample(let selector, let reading) where metric.by != nil:
                    result = Self.exposed(own, texts).map { texts in
                        let parts = parts(metric, selector, reading, request, arm.bundle, texts)
                        found.parts[arm.bundle, default: [:]][metric.name] = parts
                        return metric.limit.worst(of: parts.values.map(\.value)).map { MetricReading($0) }
                    }
                case .sample(let selector, let reading):
                    result = Self.exposed(own, texts).map { texts in
                        read(
                            reading, metric, request, arm.bundle,
                            texts.map { ($0.key, $0.value.parts(selector, reading)) })
                    }
                case .platform(let kind):
                    let parts = own.map { ($0.id, Self.parts(kind, used[$0.id], $0)) }
                    result = .success(read(kind.reading, metric, request, arm.bundle, parts))
                }
                switch result {
                case .success(let reading): found.readings[arm.bundle, default: [:]][metric.name] = reading
                case .failure(let failure):
                    if isCandidate || metric.source.isQuery {
                        found.unanswered[metric.name] = failure.reason
                    }
                }
            }
        }
        forget(request, keeping: running)
        return found
    }

    /// A sentence for each sample that none of the instances exposes, though one answers.
    package func unknown(_ request: SignalRequest, _ instances: [Instance]) async -> [String] {
        let texts = await Exposition.all(of: instances, paths: request.paths, http)
        guard case .success(let known) = Self.exposed(instances, texts) else { return [] }
        return request.metrics.compactMap { metric in
            guard case .sample(let selector, _) = metric.source else { return nil }
            return Exposition.flaw(selector, metric: metric.name, service: metric.service, Array(known.values))
        }
    }

    // MARK: Prometheus

    private struct Unanswered: Error { var reason: String }

    /// - Returns: the worst of all series, or of those of each set of values of the metric's `by` labels. A label that a series
    ///   lacks is not in its set.
    private func ask(
        _ query: String, _ metric: MetricThreshold, _ request: SignalRequest, _ arm: SignalRequest.Arm,
        _ instances: [Instance]
    ) async -> Result<[Labels: Double], Unanswered> {
        guard let url = request.prometheus else { return .failure(Unanswered(reason: "no Prometheus is named")) }
        let text = QueryText.expand(query, request, arm, instances)
        let access: PrometheusClient.Access?
        do {
            // The old bundle may be older than what the file says of the Prometheus.
            let judged = request.arms.first ?? arm
            access = try PrometheusClient.Access(request.access) { try secrets(judged.bundle) }
        } catch { return .failure(Unanswered(reason: "what Prometheus asks for cannot be had: \(error)")) }
        let names = Set(metric.by ?? [])
        let key = "\(url) \(metric.limit.side.rawValue) \(names.sorted().joined(separator: ",")) \(text)"
        let result = await remembered(key) { () async throws(PrometheusClient.Failure) in
            let series = try await PrometheusClient(http: http, url: url, access: access).series(text) ?? []
            return Dictionary(grouping: series) { $0.labels.filter { names.contains($0.key) } }
                .compactMapValues { metric.limit.worst(of: $0.map(\.number)) }
        }
        return result.mapError { Unanswered(reason: "\($0)") }
    }

    private func remembered(
        _ key: String, _ ask: () async throws(PrometheusClient.Failure) -> [Labels: Double]
    ) async -> Result<[Labels: Double], PrometheusClient.Failure> {
        if let known = asked[key] {
            let age = clock.now.microseconds - known.at.microseconds
            let limit = if case .success = known.result { Self.pace } else { Self.rest }
            if age >= 0, age < limit { return known.result }
        }
        let result: Result<[Labels: Double], PrometheusClient.Failure>
        do throws(PrometheusClient.Failure) { result = .success(try await ask()) } catch { result = .failure(error) }
        let now = clock.now
        asked = asked.filter { now.microseconds - $0.value.at.microseconds < 6 * Self.rest }
        asked[key] = Asked(at: now, result: result)
        return result
    }

    // MARK: Instances

    /// The texts of those that answer.
    private static func exposed(
        _ instances: [Instance], _ texts: [String: Result<OpenMetrics, Exposition.Failure>]
    ) -> Result<[String: OpenMetrics], Unanswered> {
        var known: [String: OpenMetrics] = [:]
        var reason = "it has no port"
        for instance in instances {
            switch texts[instance.id] {
            case .success(let text): known[instance.id] = text
            case .failure(let failure): reason = failure.reason
            case nil: break
            }
        }
        guard known.isEmpty else { return .success(known) }
        return .failure(Unanswered(reason: "no instance answers with OpenMetrics: \(reason)"))
    }

    private static func parts(
        _ metric: MetricThreshold.PlatformMetric, _ usage: InstanceUsage?, _ instance: Instance
    ) -> [MetricReading] {
        switch metric {
        case .cpu: usage.map { [MetricReading($0.cpuSeconds)] } ?? []
        case .memory: usage.map { [MetricReading($0.memory)] } ?? []
        case .disk: usage.map { [MetricReading($0.disk)] } ?? []
        case .restarts: [MetricReading(Double(instance.restarts))]
        }
    }

    /// A reading for each set of values of the metric's `by` labels. A label that a sample lacks is not in its set.
    private func parts(
        _ metric: MetricThreshold, _ selector: SampleSelector, _ reading: MetricThreshold.Reading,
        _ request: SignalRequest, _ bundle: Digest, _ texts: [String: OpenMetrics]
    ) -> [Labels: MetricReading] {
        let names = Set(metric.by ?? [])
        let found = texts.values.reduce(into: Set<Labels>()) { found, text in
            for labels in text.labels(of: selector, reading) { found.insert(labels.filter { names.contains($0.key) }) }
        }
        var parts: [Labels: MetricReading] = [:]
        for labels in found {
            var (own, part) = (selector, metric)
            own.labels.merge(labels) { own, _ in own }
            part.name += labels.written
            parts[labels] = read(reading, part, request, bundle, texts.map { ($0.key, $0.value.parts(own, reading)) })
        }
        return parts
    }

    /// One reading of all instances of a bundle; nil when none of them has any.
    private func read(
        _ reading: MetricThreshold.Reading, _ metric: MetricThreshold, _ request: SignalRequest, _ bundle: Digest,
        _ parts: [(id: String, readings: [MetricReading])]
    ) -> MetricReading? {
        let known = parts.filter { !$0.readings.isEmpty }
        guard !known.isEmpty else { return nil }
        guard reading != .gauge else {
            return metric.limit.worst(of: known.flatMap(\.readings).map(\.value)).map { MetricReading($0) }
        }
        var counters = counters[request.key] ?? Counters()
        let name = "\(bundle.text) \(metric.name)"
        var total = counters.totals[name] ?? MetricReading(0, count: 0)
        for (id, readings) in known {
            let now = readings.reduce(MetricReading(0, count: 0)) { $0 + $1 }
            let key = "\(id) \(metric.name)"
            if let before = counters.last[key] {
                // What counts from 0 again has counted all of it since.
                let isNew = now.value < before.value || (now.count ?? 0) < (before.count ?? 0)
                total = total + (isNew ? now : now - before)
            }
            counters.last[key] = now
        }
        counters.totals[name] = total
        self.counters[request.key] = counters
        return reading == .rate
            ? MetricReading(total.value, count: Double(known.count))
            : reading == .average ? total : MetricReading(total.value)
    }

    /// What ended instances counted is in the totals.
    private func forget(_ request: SignalRequest, keeping instances: [Instance]) {
        guard var own = counters[request.key] else { return }
        let kept = Set(instances.map(\.id))
        let bundles = Set(request.arms.map(\.bundle.text))
        own.last = own.last.filter { key, _ in kept.contains(String(key.prefix { $0 != " " })) }
        own.totals = own.totals.filter { key, _ in bundles.contains(String(key.prefix { $0 != " " })) }
        counters[request.key] = own
    }
}

/// A secret that a bundle has not: it was made before the file named it.
struct NoSecret: Error, CustomStringConvertible {
    var name: String
    var description: String { "the bundle has no secret `\(name)`: roll it out again" }
}

extension PrometheusClient.Access {
    /// - Returns: nil where nothing is asked for.
    init?(_ definition: PrometheusAccess?, secrets: () throws -> [String: Secret]) throws {
        guard let definition else { return nil }
        guard let secret = try secrets()[definition.secret] else { throw NoSecret(name: definition.secret) }
        self.init(user: definition.user, secret: secret)
    }
}

extension MetricReading {
    fileprivate static func + (a: Self, b: Self) -> Self {
        Self(a.value + b.value, count: (a.count ?? 0) + (b.count ?? 0))
    }
    fileprivate static func - (a: Self, b: Self) -> Self {
        Self(a.value - b.value, count: (a.count ?? 0) - (b.count ?? 0))
    }
}

extension SignalRequest {
    fileprivate var key: String { "\(environment) \(service)" }

    /// Where instances have to be asked.
    fileprivate var paths: Set<String> { Set(metrics.compactMap(\.path)) }
}

extension MetricThreshold.Source {
    var isQuery: Bool { if case .query = self { true } else { false } }

    /// What instances are asked for.
    fileprivate var selector: SampleSelector? { if case .sample(let selector, _) = self { selector } else { nil } }

    fileprivate var isUsage: Bool {
        switch self {
        case .platform(.cpu), .platform(.memory), .platform(.disk): true
        case .platform(.restarts), .query, .sample: false
        }
    }
}

extension MetricThreshold.PlatformMetric {
    fileprivate var reading: MetricThreshold.Reading {
        switch self {
        case .cpu: .rate
        case .memory, .disk: .gauge
        case .restarts: .increase
        }
    }
}

extension MetricLimit {
    /// Of several series the one that is nearest to a breach.
    func worst(of values: [Double]) -> Double? {
        let finite = values.filter(\.isFinite)
        return side == .above ? finite.max() : finite.min()
    }
}

extension OpenMetrics {
    /// The labels of the samples that the selector is about.
    fileprivate func labels(of selector: SampleSelector, _ reading: MetricThreshold.Reading) -> [Labels] {
        let names =
            reading == .average ? ["\(selector.name)_count"] : [selector.name, "\(selector.name)_total"]
        return samples.filter { sample in
            names.contains(sample.name) && selector.labels.allSatisfy { sample.labels[$0.key] == $0.value }
        }.map(\.labels)
    }

    /// The selector's samples as they are read: of an average, the sum and the count.
    fileprivate func parts(_ selector: SampleSelector, _ reading: MetricThreshold.Reading) -> [MetricReading] {
        guard reading == .average else {
            return samples(of: selector).filter(\.isFinite).map { MetricReading($0) }
        }
        return zip(samples(of: selector, suffix: "_sum"), samples(of: selector, suffix: "_count"))
            .filter { $0.isFinite && $1.isFinite }.map { MetricReading($0, count: $1) }
    }
}
