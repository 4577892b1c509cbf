import Definitions
import Foundation
import Testing

@Suite(.timeLimit(.minutes(5)))
struct ReferenceTests {
    private static let project = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    private static func shipped() throws -> ProjectSources {
        var files: [String: [UInt8]] = [:]
        for folder in ProjectSources.folders {
            let url = project.appending(path: folder)
            for name in try FileManager.default.contentsOfDirectory(atPath: url.path) where name.contains(".") {
                files["\(folder)/\(name)"] = Array(try Data(contentsOf: url.appending(path: name)))
            }
        }
        return ProjectSources(project: "/project", files: files)
    }

    @Test func `the shipped environments are valid`() throws {
        let result = try ProjectValidation(Self.shipped()).validate(now: 0)
        #expect(result.findings.isEmpty, "\(result.findings)")
        #expect(Set(result.usable.keys) == ["dev", "staging", "production"])
    }

    @Test func `the program was built with the reference that is shipped`() throws {
        let shipped = try #require(try Self.shipped().files["environments/reference.yaml"])
        #expect(try Reference(parsing: shipped).keys == Reference.builtIn().keys)
    }

    @Test func `every key but the placeholders is documented or stands in a documented mapping`() throws {
        for key in try Reference.builtIn().keys { #expect(!key.summary.isEmpty, "\(key.name)") }
    }

    @Test func `the loader reads every key of the reference and no other`() throws {
        let reference = try Reference.builtIn()
        #expect(EnvironmentKeys.read(Self.sample) == Set(reference.paths))
    }

    /// Every key once, with the reference's own placeholders for names.
    private static let sample = """
        environment: x
        extends: y
        kind: development
        router: { bind: 127.0.0.1, tls: { certificate: a, names: [a] }, testers: { header: a } }
        services:
          <service>:
            { replicas: 1, after: [a], instance-hour: 1 USD, health: { every: 1s }, variables: { <VARIABLE>: 1 },
              secrets: { <VARIABLE>: { from: generated, bytes: 16 } } }
        migrations: { service: a, accept: { <migration>: b } }
        strategies:
          <strategy>: [
            smoke, preview, { weight: 100% }, { bake: { for: 1s, kayenta: { pass: 95, critical: [a], required: [a] } } },
            { run: { command: [a] } }, { approve: { by: [a] } },
          ]
        variables: { <VARIABLE>: 1 }
        secrets: { <VARIABLE>: { from: generated, bytes: 16 } }
        thresholds:
          { health: { failures: { more-than: 1 } }, error-rate: { for: 1s }, latency: { for: 1s },
            evidence: { tolerate: { errors: 1%, cost: 1% } },
            metrics: { <metric>: { service: a, sample: a, above: 1 } } }
        prometheus: { url: "http://a", user: a, password: b }
        ledger: { database: X }
        budgets: { <scope>: { limit: 1 USD } }
        request-limits: { <scope>: { limit: 1 } }
        alerts:
          rules: [a]
          receivers:
            <receiver>:
              { resolved: true, webhook: { url: "http://a" }, slack: { secret: A }, pagerduty: { key: A },
                email: { server: "smtp://a", from: a@b, to: [a@b], user: a, password: A },
                command: { run: [a] }, alertmanager: { url: "http://a" } }
          route:
            match: ['a="b"']
            receiver: a
            group-by: [a]
            mute: [{ from: fri 16:00, until: mon 08:00, zone: UTC }]
            escalate: [{ after: 1m, receiver: a }]
            routes:
              - match: ['a="b"']
                group-by: [a]
                mute: [{ from: fri 16:00, until: mon 08:00, zone: UTC }]
                escalate: [{ after: 1m, receiver: a }]
                routes:
                  - match: ['a="b"']
                    group-by: [a]
                    mute: [{ from: fri 16:00, until: mon 08:00, zone: UTC }]
                    escalate: [{ after: 1m, receiver: a }]
          inhibit: [{ source: ['a="b"'], target: ['a="b"'], equal: [a] }]
          watchdog: { receiver: a }
          heartbeats: { <heartbeat>: { within: 1m } }
        rules: [{ rule: a, severity: ignore, reason: b }]
        drift: { after: 1m, secrets: 1m }
        objectives: { <service>: { latency: { below: 1s } } }
        gates: { approval: { by: [a] }, evidence: { kinds: [smoke] } }
        freezes: [{ from: fri 16:00, until: mon 08:00, zone: UTC, reason: a }]
        retention: { journals: 1, releases: 9 }
        watch-after: 24h
        hooks: [{ before: baking, run: [a] }]
        """

    @Test func `the JSON Schema knows every key`() throws {
        let text = try Reference.builtIn().jsonSchema().text(indented: true)
        let object = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
        let properties = try #require(object["properties"] as? [String: Any])
        #expect(Set(properties.keys) == Set(try Reference.builtIn().keys.map(\.name)))
        #expect(object["additionalProperties"] as? Bool == false)
    }

    @Test func `a reference with an unknown type is refused with its line`() {
        let error = #expect(throws: ReferenceError.self) { try Reference(parsing: Array("# x\na: integre\n".utf8)) }
        #expect(error?.line == 2)
    }
}
