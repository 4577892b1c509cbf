import Definitions

/// What one instance exposes, read from OpenMetrics or Prometheus text. Lines that are neither are passed over.
struct OpenMetrics: Sendable, Equatable {
    struct Sample: Sendable, Equatable {
        var name: String
        var labels: [String: String]
        var value: Double
    }

    /// Names of samples and of families, those without a sample yet among them.
    private(set) var names: Set<String> = []
    private(set) var samples: [Sample] = []

    init(_ text: String) {
        for line in text.split(whereSeparator: \.isNewline) {
            if line.hasPrefix("# TYPE ") {
                let words = line.split(separator: " ")
                if words.count > 2 { names.insert(String(words[2])) }
            } else if !line.hasPrefix("#"), let sample = Self.sample(line) {
                names.insert(sample.name)
                samples.append(sample)
            }
        }
    }

    /// Those with the selector's name and labels. A counter may be named without its `_total`.
    func samples(of selector: SampleSelector, suffix: String = "") -> [Double] {
        func found(_ name: String) -> [Double] {
            samples.filter { sample in
                sample.name == name && selector.labels.allSatisfy { sample.labels[$0.key] == $0.value }
            }.map(\.value)
        }
        let exact = found(selector.name + suffix)
        return exact.isEmpty && suffix.isEmpty ? found("\(selector.name)_total") : exact
    }

    /// Whether there is such a name: of a sample, or of a family that may have no sample yet.
    func knows(_ name: String) -> Bool {
        names.contains(name) || names.contains("\(name)_total") || names.contains("\(name)_count")
            || (name.hasSuffix("_total") && names.contains(String(name.dropLast(6))))
    }

    /// `name{label="value",…} value [timestamp] [# exemplar]`
    private static func sample(_ line: Substring) -> Sample? {
        let name = line.prefix { $0 != "{" && $0 != " " }
        var rest = line.dropFirst(name.count)
        var labels: [String: String] = [:]
        if rest.hasPrefix("{") {
            guard let end = endOfLabels(rest), let selector = SampleSelector("\(name)\(rest[...end])") else {
                return nil
            }
            labels = selector.labels
            rest = rest[rest.index(after: end)...]
        }
        guard !name.isEmpty, let value = rest.split(separator: " ").first.flatMap({ Double($0) }) else { return nil }
        return Sample(name: String(name), labels: labels, value: value)
    }

    /// The brace that closes the labels: not one within quotes.
    private static func endOfLabels(_ text: Substring) -> Substring.Index? {
        var (isQuoted, isEscaped) = (false, false)
        for index in text.indices {
            switch text[index] {
            case _ where isEscaped: isEscaped = false
            case "\\": isEscaped = true
            case "\"": isQuoted.toggle()
            case "}" where !isQuoted: return index
            default: break
            }
        }
        return nil
    }
}
