import Definitions
import Rollouts
import Testing

@testable import Operations

private let start = alertStart

@Suite(.timeLimit(.minutes(1))) struct `Routes that change while alerts fire` {
    private static let receivers =
        "receivers: { us: { webhook: { url: \"http://a\" } }, pager: { webhook: { url: \"http://b\" } }, lead: { webhook: { url: \"http://c\" } } }"

    private static func routing(_ route: String) -> AlertRouting {
        AlertRouting(AlertBench.definition("\(receivers)\nroute:\n  receiver: us\n  group-wait: 0s\n\(route)"))
    }

    private func bench(_ route: String) -> AlertBench {
        var bench = AlertBench(rules: [simpleRule("Down")])
        bench.routing = Self.routing(route)
        return bench
    }

    private static let critical = "    - { match: ['severity=critical'], receiver: pager }"

    @Test func `tell who is not told any more that it is over for them`() {
        var bench = bench("  routes:\n\(Self.critical)")
        _ = told(&bench, until: 10) { _ in ["api": 1] }
        bench.routing = Self.routing("  routes:\n    - { match: ['severity=critical'], receiver: lead }")
        let after = told(&bench, from: 20, until: 700) { _ in ["api": 1] }
        #expect(
            after.map { $0.drop { $0 != " " } }.sorted() == [
                " lead: first notification: api", " pager: routes changed: api over",
            ])
        _ = told(&bench, from: 710, until: 1_400) { _ in [:] }
        #expect(bench.board.groups.isEmpty && bench.board.alerts.values.allSatisfy(\.isSettled))
    }

    @Test func `are the same route as long as they match the same, wherever they stand`() {
        var bench = bench("  routes:\n\(Self.critical)")
        _ = told(&bench, until: 10) { _ in ["api": 1] }
        bench.routing = Self.routing("  routes:\n    - { match: ['service=db'], receiver: lead }\n\(Self.critical)")
        #expect(told(&bench, from: 20, until: 700) { _ in ["api": 1] }.isEmpty)
        #expect(
            told(&bench, from: 710, until: 1_400) { _ in [:] }.map { $0.drop { $0 != " " } } == [
                " pager: all alerts resolved: api over"
            ])
    }

    @Test func `tell who heard by a route that is gone`() {
        var bench = bench("  routes:\n\(Self.critical)")
        _ = told(&bench, until: 10) { _ in ["api": 1] }
        bench.routing = Self.routing("")
        #expect(
            told(&bench, from: 20, until: 700) { _ in ["api": 1] } == [
                "20 pager: routes changed: api over", "20 us: first notification: api",
            ])
        #expect(bench.board.groups.values.flatMap(\.told.keys) == ["us"])
    }

    @Test func `tell who was called later, and is not to be any more`() {
        var bench = bench("  escalate: [{ after: 1m, receiver: lead }]")
        _ = told(&bench, until: 100) { _ in ["api": 1] }
        bench.routing = Self.routing("")
        #expect(told(&bench, from: 110, until: 700) { _ in ["api": 1] } == ["300 lead: routes changed: api over"])
    }

    @Test func `that nobody has read since the start end nothing`() {
        var bench = bench("  routes:\n\(Self.critical)")
        _ = told(&bench, until: 10) { _ in ["api": 1] }
        let (rules, routing) = (bench.rules, bench.routing)
        (bench.rules, bench.routing) = (AlertPlan().rules, AlertPlan().routing)
        #expect(told(&bench, from: 20, until: 700) { _ in [:] }.isEmpty)
        (bench.rules, bench.routing) = (rules, routing)
        #expect(told(&bench, from: 710, until: 1_400) { _ in ["api": 1] }.isEmpty)
    }

    @Test func `without matchers are told apart by their receivers`() {
        let routing = AlertRouting(AlertBench.definition(Self.receivers))
        let fewer = AlertRouting(
            AlertBench.definition(
                "receivers: { us: { webhook: { url: \"http://a\" } }, lead: { webhook: { url: \"http://c\" } } }"))
        let paths = Dictionary(
            uniqueKeysWithValues: routing.nodes(for: ["a": "b"]).map { ($0.receiver, $0.path) })
        #expect(Set(paths.values).count == 3)
        for node in fewer.nodes(for: ["a": "b"]) { #expect(paths[node.receiver] == node.path) }
    }
}
