/// A limit on a series that the environment's file names itself: a query of a Prometheus, a sample of the instances'
/// OpenMetrics, or what the platform knows of their processes.
package struct MetricThreshold: Sendable, Equatable, Codable {
    package enum Source: Sendable, Equatable, Codable {
        /// PromQL with placeholders, asked for each bundle.
        case query(String)
        case sample(SampleSelector, Reading)
        case platform(PlatformMetric)
    }

    /// How an instance's sample becomes a number.
    package enum Reading: String, Sendable, Codable, CaseIterable {
        /// As it is; of several instances the worst.
        case gauge
        /// How much a counter grows, a second and an instance.
        case rate
        /// How much a counter has grown since the bundle is judged, over all instances.
        case increase
        /// The mean of what a histogram or a summary counted lately: its `_sum` by its `_count`.
        case average
    }

    /// What the platform knows of an instance's processes.
    package enum PlatformMetric: String, Sendable, Codable, CaseIterable {
        /// Cores that an instance keeps busy.
        case cpu
        /// Memory in use, in MiB; of several instances the worst.
        case memory
        /// What an instance's files take, in MiB; of several instances the worst.
        case disk
        /// Restarts since the bundle is judged, over all instances.
        case restarts
    }

    package var name: String
    package var service: String
    package var source: Source
    package var limit: MetricLimit
    /// How long a breach has to last.
    package var lasting: Duration
    /// With fewer readings, or of an average fewer observations, there is no verdict.
    package var samples: Int
    /// Where the instances tell their OpenMetrics, from the contract; of a sample alone.
    package var path: String?
    /// Labels of a sample or of a query's series, the values of which are looked at each for themselves; nil for all of them at
    /// once.
    package var by: [String]?

    package init(
        name: String, service: String, source: Source, limit: MetricLimit, lasting: Duration = .seconds(300),
        samples: Int = 1, path: String? = nil
    ) {
        self.name = name
        self.service = service
        self.source = source
        self.limit = limit
        self.lasting = lasting
        self.samples = samples
        self.path = path
    }
}

/// What is too much, or too little.
package struct MetricLimit: Sendable, Equatable, Codable {
    package enum Side: String, Sendable, Codable { case above, below }

    package var side: Side
    package var value: Double
    /// Whether `value` is a factor of what the old bundle has at the same time.
    package var timesStable: Bool

    package init(_ side: Side, _ value: Double, timesStable: Bool = false) {
        self.side = side
        self.value = value
        self.timesStable = timesStable
    }

    /// As a file writes it: `100`, `1.5x stable`.
    package var written: String {
        let number = Int64(exactly: value).map(String.init) ?? "\(value)"
        return timesStable ? "\(number)x stable" : number
    }
}

/// Which samples of an OpenMetrics text are meant: `queue_depth{queue="parse"}`. Labels that are not named may be anything.
package struct SampleSelector: Sendable, Equatable, Codable {
    package var name: String
    package var labels: [String: String]

    package init(name: String, labels: [String: String] = [:]) {
        self.name = name
        self.labels = labels
    }

    /// Nil when the text is no name with labels in braces; label values have no escapes but `\"` and `\\`.
    package init?(_ text: String) {
        let name = text.prefix { $0 != "{" }
        guard let first = name.first, !first.isNumber, name.allSatisfy(Self.isNamed) else { return nil }
        self.name = String(name)
        labels = [:]
        var rest = text.dropFirst(name.count)
        guard !rest.isEmpty else { return }
        guard rest.hasPrefix("{"), rest.hasSuffix("}") else { return nil }
        rest = rest.dropFirst().dropLast()
        while !rest.isEmpty {
            let label = rest.prefix { $0 != "=" }
            guard !label.isEmpty, label.allSatisfy({ Self.isNamed($0) && $0 != ":" }) else { return nil }
            rest = rest.dropFirst(label.count + 1)
            guard let value = Self.quoted(&rest), labels.updateValue(value, forKey: String(label)) == nil else {
                return nil
            }
            guard !rest.isEmpty else { return }
            guard rest.hasPrefix(",") else { return nil }
            rest = rest.dropFirst()
        }
    }

    package var text: String {
        guard !labels.isEmpty else { return name }
        let pairs = labels.sorted { $0.key < $1.key }.map { key, value in
            let escaped = value.flatMap { $0 == "\"" || $0 == "\\" ? ["\\", $0] : [$0] }
            return "\(key)=\"\(String(escaped))\""
        }
        return "\(name){\(pairs.joined(separator: ","))}"
    }

    private static func isNamed(_ character: Character) -> Bool {
        character.isASCII && (character.isLetter || character.isNumber || character == "_" || character == ":")
    }

    private static func quoted(_ rest: inout Substring) -> String? {
        guard rest.hasPrefix("\"") else { return nil }
        rest = rest.dropFirst()
        var value = ""
        while let character = rest.popFirst() {
            switch character {
            case "\"": return value
            case "\\":
                guard let escaped = rest.popFirst() else { return nil }
                value.append(escaped)
            default: value.append(character)
            }
        }
        return nil
    }
}

/// What stands for one bundle in a query.
package enum QueryPlaceholder: String, Sendable, CaseIterable {
    case environment, service, release, bundle, instances

    /// Whether it differs between two bundles.
    package var tellsBundlesApart: Bool { [.release, .bundle, .instances].contains(self) }

    /// The names between `${` and `}`, known or not, in order.
    package static func names(in query: String) -> [String] {
        query.split(separator: "${", omittingEmptySubsequences: false).dropFirst().map { part in
            String(part.prefix { $0 != "}" })
        }
    }

    /// The query with what they stand for.
    package static func expand(_ query: String, _ values: [QueryPlaceholder: String]) -> String {
        values.reduce(query) { text, pair in text.replacing("${\(pair.key.rawValue)}", with: pair.value) }
    }
}
