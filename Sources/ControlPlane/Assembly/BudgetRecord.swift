import Rollouts
import Storage

/// With which files budgets were set, in the control plane's database: who is started in the middle of a rollout, or after it
/// was taken back, sets what was in force, whatever stands in the file by then.
struct BudgetRecord: Sendable {
    static let migrator = Migrator(
        owner: "budgets",
        migrations: [
            Migration("0001_budget_files") { _ in
                [
                    """
                    CREATE TABLE budget_file (
                        environment TEXT NOT NULL, part TEXT NOT NULL, bundle TEXT NOT NULL, rollout TEXT,
                        terms TEXT NOT NULL, PRIMARY KEY (environment, part))
                    """
                ]
            }
        ])

    enum Part: String, Sendable {
        /// What is in force while nothing rolls out.
        case standing
        /// What was, under the bundle before: to that a rollback leads.
        case previous
        /// What the last rollout has set at its beginning.
        case rolling
    }

    /// What a file said.
    struct File: Sendable, Equatable {
        /// Whose file it was.
        var bundle: Digest
        /// Of `rolling`, the rollout that has set it; of the others, the last that had ended by then.
        var rollout: String?
        var terms: SpendingTerms
    }

    private let database: any Database

    init(database: any Database) { self.database = database }

    /// - Returns: nil where nothing is on record, or where another version has written it in a form that is not known here.
    func file(_ part: Part, of environment: String) async throws -> File? {
        let row = try await database.read { connection in
            try connection.first(
                "SELECT bundle, rollout, terms FROM budget_file WHERE environment = ? AND part = ?",
                [environment, part.rawValue])
        }
        guard let row, let bundle = Digest(try row.get("bundle", as: String.self)) else { return nil }
        let text: String = try row.get("terms")
        let terms: SpendingTerms
        do { terms = try CanonicalJSON.decode(SpendingTerms.self, text) } catch is DecodingError { return nil }
        return File(bundle: bundle, rollout: try row.get("rollout"), terms: terms)
    }

    func keep(_ file: File, as part: Part, of environment: String) async throws {
        let terms = try CanonicalJSON.encode(file.terms)
        _ = try await database.write { connection in
            try connection.execute(
                """
                INSERT INTO budget_file (environment, part, bundle, rollout, terms) VALUES (?, ?, ?, ?, ?)
                ON CONFLICT (environment, part) DO UPDATE
                SET bundle = excluded.bundle, rollout = excluded.rollout, terms = excluded.terms
                """, [environment, part.rawValue, file.bundle.text, file.rollout, terms])
        }
    }
}
