import Rollouts
import Storage

extension Stack {
    /// A rollout's records, read from the control plane's database, whether or not a control plane runs.
    package func journal(_ id: String) async throws -> [JournalEntry] {
        let database = try Databases.open(address: "sqlite:\(state)/tidegate.sqlite")
        let entries = try await database.read { try Journal.entries(id, after: 0, $0) }
        await database.close()
        return entries
    }
}
