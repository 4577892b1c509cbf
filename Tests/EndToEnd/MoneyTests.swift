import TestSupport
import Testing

extension EndToEnd {
    @Suite struct `A rollout's money` {
        /// From the latest to the first: what `cost budget --changes` says of it.
        private static func changes(_ stack: Stack) async throws -> [String] {
            try await stack.tidegate("cost", "budget", "dev", "--changes").output.split(separator: "\n").map(
                String.init
            )
            .filter { $0.contains(" total ") }
        }

        private static func priced(_ stack: Stack) throws {
            try stack.hasten()
            try stack.rewrite("environments/shared.yaml") { text in
                let marked = text.replacing("  api:\n", with: "  api:\n    instance-hour: 0.36 USD\n")
                #expect(marked != text)
                return marked
            }
        }

        /// Two instances run twice, for as long as the rollback window of ten minutes: 0.12 USD, and what the rollout takes.
        private static func checkPlan(_ stack: Stack) async throws {
            let plan = try await stack.tidegate("plan", "dev", "--release", "v2").output
            #expect(plan.contains(" of rollout + 2 warm for 10m) × 0.36 USD an instance hour = 0.1"), "\(plan)")
            #expect(plan.contains("What running twice costs is unknown for worker"), "\(plan)")
            let json = try await stack.tidegate("plan", "dev", "--release", "v2", "--json").output
            #expect(
                json.contains(#""instance_hour":"0.360000000""#) && json.contains(#""instance_hour":null"#), "\(json)")
        }

        @Test func `is reckoned in its plan, and who set its budgets is on record, by hand or by its file`()
            async throws
        {
            try await Stack.with(prepare: Self.priced) { stack in
                try await stack.lightlySteady()
                // They are read with the next look after a rollout's end.
                #expect(try await eventually { try await Self.changes(stack).count == 1 })
                let raised = try await stack.tidegate(
                    "cost", "budget", "dev", "--raise", "total", "--to", "50", "--until", "4h", "--reason",
                    "the backlog")
                #expect(raised.exit == 0, "\(raised)")
                try stack.rewrite("environments/shared.yaml") { $0.replacing("limit: 25 USD", with: "limit: 30 USD") }
                #expect(try await stack.lightRelease("v2", set: ["UPLOAD_PIPELINE_LOG_LEVEL=debug"]).exit == 0)
                try await Self.checkPlan(stack)
                let rollout = try await stack.rollOut("v2", "--reason", "more documents")
                let id = try #require(rollout.finished?.rollout, "\(rollout)")
                let isRead = try await eventually { try await Self.changes(stack).count == 3 }
                let lines = try await Self.changes(stack)
                try #require(isRead, "\(lines)")
                #expect(lines[0].contains("25.000000000 USD") && lines[0].contains("30.000000000 USD"), "\(lines[0])")
                #expect(lines[0].hasSuffix("with rollout \(id) to v2: more documents"), "\(lines[0])")
                #expect(lines[1].contains("25.000000000 USD") && lines[1].contains("50.000000000 USD"), "\(lines[1])")
                #expect(lines[1].hasSuffix(": the backlog"), "\(lines[1])")
                #expect(lines[2].contains(" none ") && lines[2].contains("with rollout "), "\(lines[2])")
                // What was raised by hand is raised until its time is over.
                #expect(try await stack.tidegate("cost", "budget", "dev").output.contains("50.000000000"))
                let absent = try await stack.tidegate(
                    "cost", "reconcile", "dev", "openai", "--invoice", "absent.csv", "--from", "2026-11-01T00:00Z",
                    "--until", "2026-12-01T00:00Z")
                #expect(
                    absent.exit == 1 && absent.errors.contains("absent.csv cannot be read (No such file or directory)"),
                    "\(absent)")
            }
        }
    }
}
