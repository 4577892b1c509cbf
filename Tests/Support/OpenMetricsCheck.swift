/// What Prometheus' own parser makes of an exposition.
package enum OpenMetricsCheck {
    /// Prints each sample's name, a line each; fails on whatever the OpenMetrics parser refuses.
    private static let script = """
        import sys
        from prometheus_client.openmetrics.parser import text_string_to_metric_families
        for family in text_string_to_metric_families(open(sys.argv[1]).read()):
            for sample in family.samples:
                print(sample.name, sorted(sample.labels), sample.value)
        """

    /// What `promtool check metrics` says of an exposition in Prometheus' own format: its parser, and its rules for names.
    /// - Returns: nil when nothing; otherwise its words.
    package static func promtool(_ text: String) async throws -> String? {
        let result = try await RunningCommand(
            "/usr/bin/promtool", ["check", "metrics"], directory: "/", input: text
        ).result()
        let words = result.output + result.errors
        return result.exit == 0 && words.isEmpty ? nil : "exit \(result.exit): \(words)"
    }

    /// - Returns: nil when it is good OpenMetrics; otherwise why not.
    package static func flaw(in text: String) async throws -> String? {
        let folder = try TemporaryFolder()
        try folder.write("metrics.txt", text)
        let result = try await RunningCommand(
            try PythonTools.path("python3"), ["-c", script, folder.file("metrics.txt")], directory: folder.path
        ).result()
        guard result.exit == 0 else { return result.errors }
        return result.output.isEmpty ? "it has no samples" : nil
    }
}
