/// Writes OpenMetrics 1.0 text: each family once, its samples together, `# EOF` at the end.
package struct OpenMetricsText {
    package static let contentType = "application/openmetrics-text; version=1.0.0; charset=utf-8"

    private let labels: MetricLabels
    private var lines: [String] = []

    /// - Parameter labels: of every sample.
    package init(labels: MetricLabels = [:]) { self.labels = labels }

    package var finished: String { (lines + ["# EOF", ""]).joined(separator: "\n") }

    /// The same in Prometheus' text format, version 0.0.4, for readers that know no other, such as `promtool check metrics`:
    /// a counter's family is named as its samples are, an info is a gauge, and units are left out.
    package var prometheusText: String {
        var renamed: (name: String, told: String)?
        var text = ""
        for line in lines where !line.hasPrefix("# UNIT ") {
            let words = line.split(separator: " ", maxSplits: 3, omittingEmptySubsequences: false).map(String.init)
            guard words.count == 4, words[0] == "#" else {
                text += line + "\n"
                continue
            }
            if words[1] == "TYPE" {
                let suffix = ["counter": "_total", "info": "_info"][words[3]] ?? ""
                renamed = (words[2], words[2] + suffix)
            }
            let name = renamed?.name == words[2] ? renamed?.told ?? words[2] : words[2]
            text += "# \(words[1]) \(name) \(words[3] == "info" && words[1] == "TYPE" ? "gauge" : words[3])\n"
        }
        return text
    }

    /// The type of `prometheusText`.
    package static let prometheusContentType = "text/plain; version=0.0.4; charset=utf-8"

    package mutating func family(_ name: String, _ type: String, _ help: String, unit: String? = nil) {
        lines.append("# TYPE \(name) \(type)")
        if let unit { lines.append("# UNIT \(name) \(unit)") }
        lines.append("# HELP \(name) \(MetricLabel.escaped(help))")
    }

    package mutating func sample(_ name: String, _ more: MetricLabels, _ value: some CustomStringConvertible) {
        lines.append("\(name)\((labels + more).text) \(value)")
    }

    /// A gauge of one sample.
    package mutating func gauge(
        _ name: String, _ help: String, unit: String? = nil, _ value: some CustomStringConvertible
    ) {
        family(name, "gauge", help, unit: unit)
        sample(name, [:], value)
    }

    /// An info of one sample, `NAME_info`.
    package mutating func info(_ name: String, _ help: String, _ labels: MetricLabels) {
        family(name, "info", help)
        // What the process is stands beside its series, not in it.
        lines.append("\(name)_info\(labels.text) 1")
    }

    /// - Parameter scale: how many of what was counted are one of what is told.
    package mutating func histogram(
        _ name: String, _ more: MetricLabels, _ histogram: Histogram, scale: Double = 1_000_000
    ) {
        var sum = 0
        for (bound, count) in zip(histogram.bounds, histogram.counts) {
            sum += count
            sample("\(name)_bucket", more + [("le", "\(Double(bound) / scale)")], sum)
        }
        sample("\(name)_bucket", more + [("le", "+Inf")], histogram.count)
        sample("\(name)_sum", more, "\(Double(histogram.sum) / scale)")
        sample("\(name)_count", more, histogram.count)
    }
}

/// Names and values of labels, in the order in which they are written.
package struct MetricLabels: Hashable, Sendable, ExpressibleByDictionaryLiteral {
    private var names: [String]
    private var values: [String]

    package init(_ pairs: [(String, String)]) {
        names = pairs.map(\.0)
        values = pairs.map(\.1)
    }

    package init(dictionaryLiteral pairs: (String, String)...) { self.init(pairs) }

    package static func + (first: MetricLabels, second: MetricLabels) -> MetricLabels {
        var both = first
        both.names += second.names
        both.values += second.values
        return both
    }

    package static func + (first: MetricLabels, second: [(String, String)]) -> MetricLabels {
        first + MetricLabels(second)
    }

    /// As it stands in a sample, with its braces.
    var text: String {
        guard !names.isEmpty else { return "" }
        let pairs = zip(names, values).map { "\($0)=\"\(MetricLabel.escaped($1))\"" }
        return "{\(pairs.joined(separator: ","))}"
    }

    /// An order that is always the same.
    package static func isBefore(_ first: MetricLabels, _ second: MetricLabels) -> Bool {
        first.values.lexicographicallyPrecedes(second.values)
    }
}
