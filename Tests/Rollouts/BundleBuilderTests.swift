import Contract
import Definitions
import Foundation
import Rollouts
import Secrets
import Testing

@Suite struct BundleBuilderTests {
    static let declared = [
        VariableDeclaration(name: "MODE", kind: .string, summary: "", defaultValue: "mock"),
        VariableDeclaration(
            name: "URL", kind: .url, summary: "", required: true, readWhen: .init(variable: "MODE", values: ["real"])),
        VariableDeclaration(name: "KEY", kind: .string, summary: "", required: true, secret: true),
    ]

    private func builder(
        _ variables: [String: String] = [:], secrets: [String: String] = ["KEY": "canary"]
    ) -> BundleBuilder {
        var builder = RolloutsTests.builder(release("v1", Self.declared), environment: "dev")
        builder.environment.variables = variables.sorted { $0.key < $1.key }.map {
            Placed(name: $0.key, value: VariableValue(text: $0.value), place: place)
        }
        builder.secrets = secrets.mapValues { Secret($0) }
        return builder
    }

    @Test func `the same values give the same digest at any time, and another value another one`() throws {
        let first = try builder().build(now: Timestamp(microseconds: 1))
        let again = try builder().build(now: Timestamp(microseconds: 2))
        #expect(first.digest == again.digest)
        let changed = try builder(["MODE": "real", "URL": "http://x"]).build(now: Timestamp(microseconds: 1))
        #expect(changed.digest != first.digest)
        let rotated = try builder(secrets: ["KEY": "other"]).build(now: Timestamp(microseconds: 1))
        #expect(rotated.digest != first.digest)
        #expect(rotated.services[0].configDigest != first.services[0].configDigest)
    }

    @Test func `another password of a Prometheus is another bundle, which does not tell it`() throws {
        func bundle(_ password: String) throws -> Rollouts.Bundle {
            var builder = builder(secrets: ["KEY": "canary", "METRICS_PASSWORD": password])
            let metric = MetricThreshold(
                name: "depth", service: "api", source: .query("depth{v=\"${release}\"}"), limit: MetricLimit(.above, 1))
            builder.environment.metrics = [Placed(name: "depth", value: metric, place: place)]
            builder.environment.prometheus = Placed(name: "prometheus", value: "http://a", place: place)
            builder.environment.prometheusAccess = PrometheusAccess(user: "u", secret: "METRICS_PASSWORD")
            return try builder.build(now: Timestamp(microseconds: 1))
        }
        let (first, again, rotated) = (try bundle("canary-1"), try bundle("canary-1"), try bundle("canary-2"))
        #expect(first.digest != rotated.digest && first.digest == again.digest)
        #expect(first.thresholds.prometheusAccess?.secret == "METRICS_PASSWORD")
        #expect(first.thresholds.prometheusAccess?.digest != nil)
        let text = String(decoding: try JSONEncoder().encode(first), as: UTF8.self)
        #expect(text.contains("METRICS_PASSWORD") && !text.contains("canary-1"))
        #expect(first.services.allSatisfy { $0.secrets["METRICS_PASSWORD"] == nil })
    }

    @Test func `only what the contract declares and reads is passed on`() throws {
        let bundle = try builder(["URL": "http://x", "OTHER": "x"]).build(now: Timestamp(microseconds: 1))
        #expect(bundle.services[0].variables == ["MODE": "mock"])
        let real = try builder(["MODE": "real", "URL": "http://x"]).build(now: Timestamp(microseconds: 1))
        #expect(real.services[0].variables == ["MODE": "real", "URL": "http://x"])
    }

    @Test func `a service's own values go before the environment's`() throws {
        var builder = builder(["MODE": "real", "URL": "http://x"], secrets: ["KEY": "a", "api/KEY": "b"])
        let shared = try self.builder(["MODE": "real", "URL": "http://x"], secrets: ["KEY": "b"])
            .build(now: Timestamp(microseconds: 1))
        let own = try builder.build(now: Timestamp(microseconds: 1))
        #expect(own.services[0].secrets == shared.services[0].secrets)
        builder.environment.services[0].variables = [
            Placed(name: "MODE", value: VariableValue(text: "mock"), place: place)
        ]
        #expect(try builder.build(now: Timestamp(microseconds: 1)).services[0].variables == ["MODE": "mock"])
    }

    @Test func `a secret's value is nowhere in the bundle`() throws {
        let bundle = try builder().build(now: Timestamp(microseconds: 1))
        #expect(bundle.services[0].secrets.keys.sorted() == ["KEY"])
        #expect(!"\(bundle)".contains("canary"))
    }

    @Test func `what is needed and missing is a finding`() {
        let error = #expect(throws: PreflightError.self) {
            try builder(secrets: [:]).build(now: Timestamp(microseconds: 1))
        }
        guard case .invalid(let findings) = error else { return #expect(Bool(false), "\(String(describing: error))") }
        #expect(findings.map(\.name) == ["KEY"])
    }

    @Test func `a plan shows plain values and never a secret's`() throws {
        let before = try builder().build(now: Timestamp(microseconds: 1))
        let after = try builder(["MODE": "x"], secrets: ["KEY": "other"]).build(now: Timestamp(microseconds: 1))
        let plan = Plan.make(Course.make(from: before, to: after), from: before, to: after)
        #expect(plan.changes.map(\.name) == ["MODE", "KEY"])
        #expect(plan.changes.map(\.after) == ["x", nil])
        #expect(!plan.nothingToDo)
    }
}
