import Contract
import Definitions
import Testing

@Suite(.timeLimit(.minutes(5)))
struct TopologyTests {
    private func pair(produces: [String], consumes: [String]) -> Pair {
        var pair = Pair()
        pair.api.variables.append(VariableDeclaration(name: "BROKER", kind: .string, summary: "the broker"))
        pair.worker.variables.append(VariableDeclaration(name: "QUEUE_URL", kind: .string, summary: "the broker"))
        pair.api.queues = QueueContract(variable: "BROKER", produces: produces)
        pair.worker.queues = QueueContract(variable: "QUEUE_URL", consumes: consumes)
        pair.dev += "variables: { BROKER: \"amqp://queue:5672\", QUEUE_URL: \"amqp://queue:5672\" }\n"
        return pair
    }

    @Test func `incident 14: a consumer of what nobody produces is told the name that was meant`() throws {
        let findings = try pair(produces: ["documents.uploaded"], consumes: ["document.uploaded"]).validate().findings
        #expect(findings.map(\.rule) == ["queue.no-consumer", "queue.no-producer"])
        #expect(findings.map(\.severity) == [.warning, .error])
        #expect(findings[1].name == "document.uploaded" && findings[1].fix.contains("`documents.uploaded`"))
        #expect(findings[1].place.line == 4)
        #expect(try pair(produces: ["a.b"], consumes: ["a.b"]).findings().isEmpty)
    }

    @Test func `who writes and who reads use one broker`() throws {
        var pair = pair(produces: ["jobs"], consumes: ["jobs"])
        pair.dev.replace("QUEUE_URL: \"amqp://queue", with: "QUEUE_URL: \"amqp://other")
        let findings = try pair.findings()
        #expect(findings.count == 1 && findings[0].hasPrefix("coherence.disagree QUEUE_URL"), "\(findings)")
    }

    @Test func `nothing is said while a contract cannot be read`() throws {
        var pair = pair(produces: [], consumes: ["jobs"])
        pair.more["contracts/api.json"] = "{"
        let rules = try pair.validate().findings.map(\.rule)
        #expect(!rules.contains("queue.no-producer") || rules.contains("contract.invalid") == false)
    }
}

@Suite(.timeLimit(.minutes(5)))
struct MigrationTests {
    private func pair(_ api: [String], _ worker: [String], databases: String = "") -> Pair {
        var pair = Pair()
        pair.api.migrations = MigrationContract(arguments: ["migrate"], tables: api)
        pair.worker.migrations = MigrationContract(arguments: ["migrate"], tables: worker)
        for name in ["api", "worker"] {
            let variable = VariableDeclaration(name: "\(name.uppercased())_DB", kind: .string, summary: "the database")
            let database = DatabaseContract(variable: variable.name)
            if name == "api" {
                pair.api.variables.append(variable)
                pair.api.databases = [database]
            } else {
                pair.worker.variables.append(variable)
                pair.worker.databases = [database]
            }
        }
        pair.dev += "migrations: { service: worker }\nvariables: { \(databases) }\n"
        return pair
    }

    private let one = "API_DB: \"sqlite:/data/a\", WORKER_DB: \"sqlite:/data/a\""
    private let two = "API_DB: \"sqlite:/data/a\", WORKER_DB: \"sqlite:/data/b\""

    @Test func `incident 16: two services that own one table are both named`() throws {
        let findings = try pair(["jobs", "users"], ["documents", "jobs"], databases: one).validate().findings
        let owned = try #require(findings.first { $0.rule == "migrations.two-owners" })
        #expect(owned.message.contains("`worker` and `api`") && owned.message.contains("`jobs`"))
        #expect(findings.contains { $0.rule == "migrations.two" })
    }

    @Test func `tables of the same name in two databases are two tables`() throws {
        let rules = try pair(["jobs"], ["jobs"], databases: two).validate().findings.map(\.rule)
        #expect(rules == ["migrations.not-run"])
    }

    @Test func `migrations that nobody runs are named`() throws {
        var pair = pair([], [], databases: one)
        pair.api.migrations = nil
        #expect(try pair.findings().isEmpty)
        pair.dev.replace("migrations: { service: worker }\n", with: "")
        #expect(try pair.findings().first?.contains("Write `migrations: { service: worker }`") == true)
    }
}

@Suite(.timeLimit(.minutes(5)))
struct PromotionTests {
    private func rules(_ sources: [String: String?]) throws -> [String] {
        var pair = Pair()
        for (name, source) in sources {
            pair.more["environments/\(name).yaml"] =
                pair.dev.replacing("environment: dev", with: "environment: \(name)")
                + "kind: \(name == "production" || name == "staging" ? name : "development")\n"
                + (source.map { "promotes-from: \($0)\n" } ?? "")
        }
        return try pair.validate().findings.filter { $0.rule.hasPrefix("promotes-from") }
            .map { "\($0.environment ?? "") \($0.rule) \($0.severity) \($0.fix)" }
    }

    @Test func `staging and production take releases from somewhere`() throws {
        #expect(try rules(["staging": "dev", "production": "staging"]).isEmpty)
        #expect(
            try rules(["staging": nil, "production": nil]) == [
                "production promotes-from.missing error Write `promotes-from: staging`.",
                "staging promotes-from.missing warning Write `promotes-from: dev`.",
            ])
    }

    @Test func `releases that would go in a circle are refused wherever they go round`() throws {
        let found = try rules(["staging": "production", "production": "staging", "qa": "staging"])
        #expect(found.count == 2 && found.allSatisfy { $0.contains("promotes-from.cycle") }, "\(found)")
    }
}
