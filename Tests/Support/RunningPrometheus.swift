/// Debian's Prometheus, which scrapes ports of this machine five times a second.
package struct RunningPrometheus {
    package let folder: TemporaryFolder
    package let command: RunningCommand
    package let url: String

    /// - Parameters:
    ///   - ports: where `/metrics` is.
    ///   - web: what Prometheus asks of those that ask it.
    package init(_ ports: [Int], web: String = "") throws {
        folder = try TemporaryFolder()
        let port = try freePort()
        let targets = ports.map { "\"127.0.0.1:\($0)\"" }.joined(separator: ", ")
        let path = try folder.write(
            "prometheus.yml",
            """
            global: { scrape_interval: 200ms, scrape_timeout: 200ms }
            scrape_configs:
              - job_name: instances
                static_configs: [{ targets: [\(targets)] }]
            """)
        let webPath = try folder.write("web.yml", web)
        command = try RunningCommand(
            "/usr/bin/prometheus",
            [
                "--config.file=\(path)", "--web.config.file=\(webPath)", "--storage.tsdb.path=\(folder.file("data"))",
                "--web.listen-address=127.0.0.1:\(port)", "--log.level=error",
            ], directory: folder.path)
        url = "http://127.0.0.1:\(port)"
    }
}
