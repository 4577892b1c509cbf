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

    /// - Parameters:
    ///   - text: UTF-8.
    ///   - selectors: only their samples are read, and no names beside theirs; nil reads everything.
    init(_ text: [UInt8], of selectors: [SampleSelector]? = nil) {
        let wanted = selectors.map { Set($0.flatMap { Self.names(of: $0) }) }
        // Samples of one name stand together.
        var last: (bytes: ArraySlice<UInt8>, name: String)?
        for text in text.split(whereSeparator: { $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r") }) {
            guard text.first != UInt8(ascii: "#") else {
                if wanted == nil, let family = Self.family(text) { names.insert(family) }
                continue
            }
            let line = ExpositionLine(text)
            if last?.bytes != line.name { last = (line.name, String(decoding: line.name, as: UTF8.self)) }
            guard let name = last?.name, wanted?.contains(name) != false, let read = line.sample() else { continue }
            names.insert(name)
            samples.append(Sample(name: name, labels: read.labels, value: read.value))
        }
    }

    /// As a sample may be called that a selector means.
    private static func names(of selector: SampleSelector) -> [String] {
        ["", "_total", "_sum", "_count"].map { selector.name + $0 }
    }

    /// What `# TYPE family kind` is about.
    private static func family(_ line: ArraySlice<UInt8>) -> String? {
        guard line.starts(with: "# TYPE ".utf8) else { return nil }
        let words = line.split(separator: UInt8(ascii: " "))
        return words.count > 2 ? String(decoding: words[2], as: UTF8.self) : nil
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
}
