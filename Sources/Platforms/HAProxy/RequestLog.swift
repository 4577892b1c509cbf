import Rollouts

/// One line of HAProxy's request log.
package struct RequestLine: Sendable, Equatable {
    package var worker: Int
    package var backend: String
    package var server: String
    package var status: Int
    /// From the end of the request's head to the answer's head; nil when there was no answer.
    package var milliseconds: Int?
    package var smoke: Bool
    /// What tells its client from others while this worker lives; nil where the line does not say.
    package var client: UInt64?

    /// Nil for any other line. The format is `HAProxyConfiguration.logFormat`: a flat object, no value with a quote.
    package init?(_ text: Substring) {
        guard text.first == "{", let close = text.lastIndex(of: "}") else { return nil }
        var values: [Substring: Substring] = [:]
        for pair in text[text.index(after: text.startIndex)..<close].split(separator: ",") {
            guard let colon = pair.firstIndex(of: ":") else { return nil }
            values[Self.bare(pair[..<colon])] = Self.bare(pair[pair.index(after: colon)...])
        }
        guard let worker = values["p"].flatMap({ Int($0) }), let backend = values["b"], let server = values["s"],
            let status = values["c"].flatMap({ Int($0) })
        else { return nil }
        func time(_ name: Substring) -> Int { values[name].flatMap { Int($0) } ?? -1 }
        self.worker = worker
        self.backend = String(backend)
        self.server = String(server)
        self.status = status
        let answered = time("r")
        milliseconds = answered < 0 ? nil : max(0, time("w")) + max(0, time("k")) + answered
        smoke = values["m"].map { $0 != "-" && !$0.isEmpty } ?? false
        client = values["h"].flatMap { UInt64($0, radix: 16) }
    }

    private static func bare(_ text: Substring) -> Substring {
        text.first == "\"" && text.count >= 2 ? text.dropFirst().dropLast() : text
    }
}

/// What the log said of one server in one epoch.
package struct RequestCounts: Sendable, Equatable {
    /// Upper bounds in milliseconds; the last bucket takes the rest.
    package static let bounds: [Double] = [
        1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 25, 30, 40, 50, 60, 80, 100, 120, 150, 200, 250, 300, 400, 500, 600, 800,
        1_000, 1_200, 1_500, 2_000, 2_500, 3_000, 4_000, 5_000, 6_000, 8_000, 10_000, 15_000, 20_000, 30_000, 60_000,
        .infinity,
    ]

    /// Lines with an answer of the server, smoke requests among them.
    package var answered: Int64 = 0
    package var smokeAnswered: Int64 = 0
    package var smoke5xx: Int64 = 0
    /// Clients, each counted once in a span, with its first request's outcome; smoke requests left out.
    package var clients: Int64 = 0
    package var failedClients: Int64 = 0
    /// Answers that were no smoke requests, by bucket.
    package private(set) var latency = [Int64](repeating: 0, count: bounds.count)

    package init() {}

    package mutating func add(_ line: RequestLine) {
        guard let milliseconds = line.milliseconds else { return }
        answered += 1
        if line.smoke {
            smokeAnswered += 1
            if line.status >= 500 { smoke5xx += 1 }
            return
        }
        let time = Double(milliseconds)
        latency[Self.bounds.firstIndex { time <= $0 } ?? Self.bounds.count - 1] += 1
    }

    /// A client that has not counted yet. What HAProxy answered for the server is the server's failure; a client that went
    /// away before there was an answer is nobody's.
    package mutating func addClient(_ line: RequestLine) {
        guard line.status > 0 else { return }
        clients += 1
        if line.status >= 500 { failedClients += 1 }
    }

    package static func + (a: RequestCounts, b: RequestCounts) -> RequestCounts {
        var sum = a
        sum.answered += b.answered
        sum.smokeAnswered += b.smokeAnswered
        sum.smoke5xx += b.smoke5xx
        sum.clients += b.clients
        sum.failedClients += b.failedClients
        for index in sum.latency.indices { sum.latency[index] += b.latency[index] }
        return sum
    }

    /// What was counted since `earlier`.
    package func since(_ earlier: RequestCounts) -> RequestCounts {
        var rest = self
        rest.answered -= earlier.answered
        rest.smokeAnswered -= earlier.smokeAnswered
        rest.smoke5xx -= earlier.smoke5xx
        rest.clients -= earlier.clients
        rest.failedClients -= earlier.failedClients
        for index in rest.latency.indices { rest.latency[index] -= earlier.latency[index] }
        return rest
    }

    package var buckets: [RouterObservation.LatencyBucket] {
        zip(Self.bounds, latency).map { .init(upTo: $0.isInfinite ? 1e300 : $0, count: $1) }
    }
}
