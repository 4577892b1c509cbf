import Documents
import OpenMetrics
import Testing

@Suite struct `Labels of metrics` {
    @Test(arguments: [("v1", "v1"), ("a\"b", #"a\"b"#), (#"a\b"#, #"a\\b"#), ("a\nb", #"a\nb"#)])
    func `keep their line and their quotes`(_ value: String, _ expected: String) {
        #expect(MetricLabel.escaped(value) == expected)
    }
}
