/// Reads thresholds over series that the file names itself.
package struct MetricDecoder {
    package init() {}

    func metrics(_ reader: YAMLReader) -> [Placed<MetricThreshold>]? {
        reader.entries()?.compactMap { entry in
            metric(entry.key, entry.value).map { Placed(name: entry.key, value: $0, place: entry.place) }
        }
    }

    func prometheus(_ reader: YAMLReader) -> (url: Placed<String>, access: PrometheusAccess?)? {
        reader.mapping { prometheus -> (url: Placed<String>, access: PrometheusAccess?)? in
            let url = prometheus.required("url") { reader in
                reader.url().map { Placed(name: "prometheus", value: $0, place: reader.place) }
            }
            let token = prometheus.optional("token") { $0.string() }
            let user = prometheus.optional("user") { $0.string() }
            let password = prometheus.optional("password") { $0.string() }
            guard (user == nil) == (password == nil), token == nil || user == nil, user?.contains(":") != true else {
                return reader.wrong(
                    "with a `token`, or with a `user` (without a colon) and a `password`, or without",
                    example: "token: METRICS_TOKEN")
            }
            return url.map { ($0, (token ?? password).map { PrometheusAccess(user: user, secret: $0) }) }
        } ?? nil
    }

    private func metric(_ name: String, _ reader: YAMLReader) -> MetricThreshold? {
        reader.mapping { metric -> MetricThreshold? in
            let service = metric.required("service") { $0.name() }
            let source = source(metric, reader)
            let limit = limit(metric, reader)
            let lasting = metric.optional("for", positive) ?? .seconds(300)
            let samples = metric.optional("samples") { $0.integer(in: 1...1_000_000) } ?? 1
            guard let service, let source, let limit else { return nil }
            return MetricThreshold(
                name: name, service: service, source: source, limit: limit, lasting: lasting, samples: samples)
        } ?? nil
    }

    /// What is measured: one of `query`, `sample` and `platform`.
    package func source(_ metric: YAMLMappingReader, _ reader: YAMLReader) -> MetricThreshold.Source? {
        let names = ["query", "sample", "platform"].filter(metric.has)
        let query = metric.optional("query", query)
        let sample = metric.optional("sample", selector)
        let platform = metric.optional("platform") { $0.choice(MetricThreshold.PlatformMetric.self) }
        let reading = metric.optional("read") { $0.choice(MetricThreshold.Reading.self) }
        guard names.count == 1 else {
            return reader.wrong(
                "one of `query`, `sample` and `platform`", example: "sample: queue_depth")
        }
        if metric.has("read"), names != ["sample"] {
            return reader.wrong("without `read`, which belongs to a `sample`", example: "sample: queue_depth")
        }
        return query.map { .query($0) } ?? sample.map { .sample($0, reading ?? .gauge) }
            ?? platform.map { .platform($0) }
    }

    private func query(_ reader: YAMLReader) -> String? {
        guard let text = reader.string() else { return nil }
        let known = QueryPlaceholder.allCases.map(\.rawValue)
        guard let unknown = QueryPlaceholder.names(in: text).first(where: { !known.contains($0) }) else { return text }
        let meant = Suggestion.nearest(to: unknown, among: known) ?? "bundle"
        return reader.wrong(
            "a query with " + known.map { "${\($0)}" }.joined(separator: ", ") + " as placeholders",
            example: "up{bundle=\"${\(meant)}\"}")
    }

    private func selector(_ reader: YAMLReader) -> SampleSelector? {
        reader.string().flatMap { text in
            SampleSelector(text)
                ?? reader.wrong("a metric's name, with labels if need be", example: "queue_depth{queue=\"parse\"}")
        }
    }

    /// What is too much or too little: `above` or `below`.
    package func limit(_ metric: YAMLMappingReader, _ reader: YAMLReader) -> MetricLimit? {
        let above = metric.optional("above") { $0.limit(.above) }
        let below = metric.optional("below") { $0.limit(.below) }
        guard metric.has("above") != metric.has("below") else {
            return reader.wrong("limited by `above` or by `below`", example: "above: 100")
        }
        return above ?? below
    }

    private func positive(_ reader: YAMLReader) -> Duration? {
        reader.duration().flatMap { $0 > .zero ? $0 : reader.wrong("longer than nothing", example: "5m") }
    }
}

extension YAMLReader {
    /// A number, or a factor of what the old bundle has: `100`, `0.5`, `1.5x stable`.
    func limit(_ side: MetricLimit.Side) -> MetricLimit? {
        let scalar = node.scalar.flatMap { $0.style == .plain && !$0.isNull ? $0.text : nil }
        return scalar.flatMap { Quantity.limit($0, side) }
            ?? wrong("a number, or a factor of the old bundle's", example: "1.5x stable")
    }
}

extension Quantity {
    /// `100`, `-0.5`, `1.5x stable`.
    static func limit(_ text: String, _ side: MetricLimit.Side) -> MetricLimit? {
        let suffix = "x stable"
        if text.hasSuffix(suffix) {
            guard let factor = decimal(text.dropLast(suffix.count)), factor > 0 else { return nil }
            return MetricLimit(side, factor, timesStable: true)
        }
        let isNegative = text.hasPrefix("-")
        return decimal(text.dropFirst(isNegative ? 1 : 0)).map { MetricLimit(side, isNegative ? -$0 : $0) }
    }
}
