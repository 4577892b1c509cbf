import ControlPlane
import Testing

@testable import tidegate

struct TextTests {
    @Test func `columns are as wide as what is in them`() {
        var table = Table("A", "LONG")
        table.add("wider", "x")
        #expect(table.text == "A      LONG\nwider  x")
    }

    @Test func `a cell of several lines shows its first`() {
        var table = Table("WHY")
        table.add("first\nsecond")
        #expect(table.text == "WHY\nfirst …")
    }

    @Test func `an empty environment reads as empty`() {
        let status = StatusDocument(environment: "dev", kind: "development", state: .empty)
        #expect(StatusText.text(status).contains("○ empty  runs nothing"))
    }

    @Test func `what is unknown is said, not left out`() {
        let status = StatusDocument(
            environment: "dev", kind: "development", state: .degraded, unknown: ["The router does not answer."])
        #expect(StatusText.text(status).contains("unknown: The router does not answer."))
    }

    @Test func `secrets in a plan have a name and no value`() {
        let plan = PlanDocument(
            environment: "dev", release: "v2", bundle: "sha256:abc", changes: true,
            configuration: [.init(service: "api", name: "KEY", change: "changed")])
        #expect(PlanText.text(plan).split(separator: "\n")[1] == "  ~ api KEY")
    }
}
