import Storage

/// What the control plane knows of an environment's ledger. Not knowing is a state of its own, never zero.
package enum LedgerState: Sendable, Equatable {
    case known([ScopeSpend])
    /// The reason is a sentence.
    case unknown(reason: String)

    /// The spend of the scope `total`.
    package var total: ScopeSpend? {
        guard case .known(let scopes) = self else { return nil }
        return scopes.first { $0.scope == Ledger.total }
    }
}

/// Reads an environment's ledger from outside of the application that writes it.
package struct LedgerReader: Sendable {
    private let database: any Database

    package init(_ database: any Database) {
        self.database = database
    }

    /// Today's spend. Never throws: what cannot be read is unknown.
    /// - Parameter now: microseconds since 1970.
    package func today(at now: Int64) async -> LedgerState {
        do {
            let missing = try await Ledger.migrator.pending(database)
            guard missing.isEmpty else {
                return .unknown(
                    reason: "The ledger's tables lack \(missing.joined(separator: ", ")). Run: pipeline migrate.")
            }
            return .known(try await database.read { try Ledger.spend(on: $0, day: Ledger.day(of: now), at: now) })
        } catch {
            return .unknown(reason: "\(error)")
        }
    }
}
