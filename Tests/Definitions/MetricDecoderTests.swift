import Definitions
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1)))
struct MetricDecoderTests {
    private func findings(_ metric: String) throws -> [String] {
        var files = try ExampleProject().files
        let text =
            "environment: dev\nextends: shared.yaml\nprometheus: { url: \"http://127.0.0.1:9090\" }\n"
            + "thresholds:\n  metrics:\n    depth: \(metric)\n"
        files["environments/dev.yaml"] = Array(text.utf8)
        let result = try ProjectValidation(ProjectSources(project: "/project", files: files)).validate(now: 0)
        return result.findings.filter { $0.place.file == "environments/dev.yaml" && $0.place.line == 6 }
            .map { "\($0.rule): \($0.message)" }
    }

    @Test(arguments: [
        ("{ service: worker, above: 5 }", "one of `query`, `sample` and `platform`"),
        ("{ service: worker, sample: a, platform: cpu, above: 5 }", "one of `query`, `sample` and `platform`"),
        ("{ service: worker, platform: cpu, read: rate, above: 5 }", "`read`"),
        ("{ service: worker, platform: cpu }", "`above` or by `below`"),
        ("{ service: worker, platform: cpu, above: 5, below: 4 }", "`above` or by `below`"),
        ("{ service: worker, platform: cpu, above: 2x baseline }", "a factor of the old bundle's"),
        ("{ service: worker, platform: cpus, above: 5 }", "one of `cpu`, `memory`"),
        ("{ service: worker, sample: 'a{b=c}', above: 5 }", "a metric's name"),
        ("{ service: worker, query: 'a{b=\"${relase}\"}', above: 5 }", "as placeholders"),
        ("{ platform: cpu, above: 5 }", "lacks `service`"),
        ("{ service: worker, platform: cpu, above: 5, for: 0s }", "longer than nothing"),
        ("{ service: worker, platform: cpu, above: 5, samples: 0 }", "from 1 to"),
    ]) func `what is no threshold is said`(metric: String, expected: String) throws {
        let findings = try findings(metric)
        #expect(findings.contains { $0.contains(expected) }, "\(metric): \(findings)")
    }

    @Test(arguments: ["depth", "depth{queue=\"a\"}", "depth{a=\"1\",b=\"x, \\\"y\\\" }\"}"])
    func `a sample reads as it is written`(text: String) throws {
        let selector = try #require(SampleSelector(text))
        #expect(selector.text == text && SampleSelector(selector.text) == selector)
    }

    @Test(arguments: ["", "1depth", "depth{", "depth{}x", "depth{a}", "depth{a=\"1\"", "depth{a=\"1\" b=\"2\"}", "a b"])
    func `what is no sample is none`(text: String) { #expect(SampleSelector(text) == nil) }

    @Test func `placeholders are filled in where they stand`() {
        let query = "rate(a{release=\"${release}\"}[1m]) / ${service} ${"
        #expect(QueryPlaceholder.names(in: query) == ["release", "service", ""])
        #expect(
            QueryPlaceholder.expand(query, [.release: "v1", .service: "api"])
                == "rate(a{release=\"v1\"}[1m]) / api ${")
    }
}
