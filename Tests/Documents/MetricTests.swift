import Documents
import OpenMetrics
import Storage
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1))) struct `Histograms` {
    @Test(arguments: [
        (HistogramBounds.requests, 1_000, 10_000_000), (HistogramBounds.work, 10_000, 600_000_000),
        (HistogramBounds.statements, 100, 1_000_000), (HistogramBounds.costs, 100_000, 10_000_000_000),
    ])
    func `are fine enough for a verdict where one is made of them`(_ bounds: [Int64], _ from: Int64, _ to: Int64) {
        #expect(zip(bounds, bounds.dropFirst()).allSatisfy { $0 < $1 })
        let range = bounds.filter { (from...to).contains($0) }
        #expect(range.first == from && range.last == to)
        for (lower, upper) in zip(range, range.dropFirst()) {
            #expect(Double(upper) / Double(lower) <= 1.2, "\(lower) to \(upper)")
        }
    }

    @Test func `put a value that is a bound into that bound's bucket, and tell them across buckets`() {
        var histogram = Histogram(bounds: [10, 20, 30])
        for value: Int64 in [0, 10, 11, 20, 30, 31, -5] { histogram.add(value) }
        #expect(histogram.counts == [3, 2, 1] && histogram.count == 7 && histogram.sum == 102)
        var text = OpenMetricsText()
        text.histogram("d_seconds", ["a": "b"], histogram, scale: 10)
        #expect(
            text.finished == """
                d_seconds_bucket{a="b",le="1.0"} 3
                d_seconds_bucket{a="b",le="2.0"} 5
                d_seconds_bucket{a="b",le="3.0"} 6
                d_seconds_bucket{a="b",le="+Inf"} 7
                d_seconds_sum{a="b"} 10.2
                d_seconds_count{a="b"} 7
                # EOF

                """)
    }
}

@Suite(.timeLimit(.minutes(1))) struct `A meter` {
    @Test func `keeps to a number of series, whatever turns up as a label, and counts everything`() {
        let family = MetricFamily.counter("things", "Things.")
        let meter = Meter([family])
        for number in 0..<5000 { meter.add(family, ["name": "\(number)"]) }
        meter.add(family, ["name": "7"])
        var text = OpenMetricsText()
        meter.write(to: &text)
        let samples = text.finished.split(separator: "\n").filter { $0.hasPrefix("things_total") }
        #expect(samples.count == Meter.maximumSeries + 1)
        #expect(samples.contains(#"things_total{otel_metric_overflow="true"} 4000"#))
        #expect(samples.contains(#"things_total{name="7"} 2"#))
    }
}

@Suite(.timeLimit(.minutes(1))) struct `A measured database` {
    @Test(arguments: TestDatabase.allCases)
    func `tells statements, transactions and who waits, and changes nothing`(kind: TestDatabase) async throws {
        try await kind.with { base in
            let database = MeasuredDatabase(base)
            try await database.write { connection in
                _ = try connection.execute("INSERT INTO job_buckets (bucket) VALUES (?)", [1000])
            }
            let rows = try await database.read { connection in
                let during = told(database)
                #expect(during.contains(#"db_client_connection_state="used"} 1"#))
                return try connection.query("SELECT bucket FROM job_buckets WHERE bucket = ?", [1000]).count
            }
            #expect(rows == 1)
            await #expect(throws: DatabaseError.self) {
                try await database.write { connection in _ = try connection.execute("nonsense 'a secret'", []) }
            }
            let text = told(database)
            let system = base.dialect.rawValue
            let count = "db_client_operation_duration_seconds_count{db_system_name=\"\(system)\",db_operation_name="
            #expect(text.contains(count + "\"INSERT\"} 1"))
            #expect(text.contains(count + "\"SELECT\"} 1"))
            #expect(text.contains(count + "\"OTHER\",error_type=\"database_statement\"} 1"))
            #expect(text.contains(#"db_client_connection_state="used"} 0"#))
            #expect(
                text.contains("db_client_connection_pending_requests{db_client_connection_pool_name=\"\(system)\"} 0"))
            #expect(!text.contains("secret"))
        }
    }

    @Test func `runs a transaction in the isolation that was asked for`() async throws {
        try await TestDatabase.postgresql.with { base in
            let database = MeasuredDatabase(base)
            for (isolation, name) in [
                (WriteIsolation.readCommitted, "read committed"), (.serializable, "serializable"),
            ] {
                let seen = try await database.write(isolation) { connection in
                    try connection.query("SHOW transaction_isolation")[0].get("transaction_isolation", as: String.self)
                }
                #expect(seen == name)
            }
        }
    }

    @Sendable private func told(_ database: MeasuredDatabase) -> String {
        var text = OpenMetricsText()
        database.metrics.write(to: &text)
        return text.finished
    }
}
