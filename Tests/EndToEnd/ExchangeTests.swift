import Foundation
import HTTPClient
import TestSupport
import Testing

extension EndToEnd {
    @Suite struct `With room for one instance more` {
        private struct Rollout: Decodable {
            var stage: String
            var outcome: String?
        }

        private struct Health: Decodable { var release: String }

        @Test func `instances are exchanged one by one under load, after a preview, and no request fails`() async throws
        {
            try await Stack.with(prepare: { try define($0) }) { stack in
                // By a list of steps that asks nobody.
                #expect(try await stack.lightRelease("v1").exit == 0)
                let first = try await stack.tidegate(
                    "rollout", "dev", "--release", "v1", "--strategy", "canary", "--yes")
                #expect(first.exit == 0, "\(first)")
                let second = try await stack.lightRelease("v2", set: ["UPLOAD_PIPELINE_LOG_LEVEL=debug"])
                #expect(second.exit == 0, "\(second)")
                let plan = try await stack.tidegate("plan", "dev", "--release", "v2")
                #expect(plan.output.contains("start api: 1 instance"), "\(plan)")
                #expect(plan.output.contains("at most 3 instances at once"), "\(plan)")
                let load = try await stack.load(requestsPerSecond: 50, seconds: 600, users: 4)

                let started = try await stack.tidegate(
                    "rollout", "dev", "--release", "v2", "--yes", "--no-wait", "--json")
                #expect(started.exit == 0, "\(started)")
                let id = try #require(started.output.firstMatch(of: #/r-[0-9a-z]+/#)).output
                try await wait(for: String(id), stack) { $0.stage == "approving" }
                #expect(try await release(answering: "v2", stack) == "v2")
                #expect(try await release(answering: nil, stack) == "v1")
                #expect(try await stack.tidegate("approve", String(id)).exit == 0)
                try await wait(for: String(id), stack) { $0.outcome != nil }
                #expect(try await rollout(String(id), stack).outcome == "succeeded")
                #expect(try await stack.tidegate("approve", String(id)).exit == 7)

                let report = try await stack.finish(load)
                #expect(report.requests > 100)
                #expect(report.failed == 0)
                let status = try await stack.status()
                let api = try #require(status.service("api"))
                #expect(api.instances.filter { $0.release == "v2" && $0.ready }.count == 2)
                #expect(api.instances.filter { $0.release == "v1" }.count == 1)
                let said = try String(contentsOfFile: stack.folder.file("hooks.log"), encoding: .utf8)
                #expect(
                    said.split(separator: "\n").suffix(3) == [
                        "before starting api v2 v1", "step running api v2 v1", "before starting worker v2 v1",
                    ], "\(said)")
            }
        }

        private func define(_ stack: Stack) throws {
            try stack.hasten()
            let tell =
                #"[sh, -c, "echo $TIDEGATE_MOMENT $TIDEGATE_STAGE $TIDEGATE_SERVICE $TIDEGATE_RELEASE $TIDEGATE_PREVIOUS_RELEASE >> hooks.log"]"#
            try stack.rewrite("environments/dev.yaml") { text in
                text.replacing("  api: { health", with: "  api: { strategy: exchange, surge: 1, health")
                    .replacing("  worker: { health", with: "  worker: { surge: 1, health")
                    .replacing(
                        "strategies:\n",
                        with: """
                            router: { testers: { header: X-Release } }
                            hooks: [{ before: starting, run: \(tell) }]
                            strategies:
                              exchange:
                                - smoke
                                - preview
                                - approve
                                - run: { name: tell, command: \(tell) }
                                - weight: 50%
                                - weight: 100%

                            """)
            }
        }

        private func rollout(_ id: String, _ stack: Stack) async throws -> Rollout {
            let shown = try await stack.tidegate("show", id, "--json")
            try #require(shown.exit == 0, "\(shown)")
            // What it is comes first, then what happened.
            let document = try #require(shown.output.split(separator: "\n").first)
            return try JSONDecoder().decode(Rollout.self, from: Data(document.utf8))
        }

        private func wait(
            for id: String, _ stack: Stack, until isThere: @Sendable @escaping (Rollout) -> Bool
        ) async throws {
            let came = try await eventually(within: .seconds(180)) { isThere(try await rollout(id, stack)) }
            let now = try await rollout(id, stack)
            try #require(came, "\(now)")
        }

        /// The release that answers somebody who names one, or nobody.
        private func release(answering named: String?, _ stack: Stack) async throws -> String {
            let client = HTTPClient()
            let response = try await client.send(
                HTTPRequest("GET", "\(stack.api)/health", headers: named.map { [("X-Release", $0)] } ?? []))
            try #require(response.status == 200, "\(response.status) \(response.text)")
            return try JSONDecoder().decode(Health.self, from: Data(response.body)).release
        }
    }
}
