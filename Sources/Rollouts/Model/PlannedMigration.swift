import Contract

/// A migration that a bundle brings and the one before does not know.
package struct PlannedMigration: Codable, Sendable, Equatable {
    package var owner: String
    package var id: String
    package var effect: SchemaEffect?
    /// Why it is applied though the release before cannot live with it.
    package var accepted: String?

    package var name: String { "\(owner)/\(id)" }
    package var breaks: Bool { effect == .contract }

    /// What `to` would apply; nothing is known to be new of artifacts that do not tell their history.
    package static func planned(from: Bundle?, to: Bundle) -> [PlannedMigration] {
        let known = Set((from?.services ?? []).flatMap { history(of: $0) }.map { "\($0.owner)/\($0.id)" })
        guard let service = to.migrates.flatMap({ to.service($0) }) else { return [] }
        return history(of: service).filter { !known.contains("\($0.owner)/\($0.id)") }.map { entry in
            let reasons = to.acceptedMigrations
            return PlannedMigration(
                owner: entry.owner, id: entry.id, effect: entry.effect,
                accepted: reasons?["\(entry.owner)/\(entry.id)"] ?? reasons?[entry.id])
        }
    }

    private static func history(of service: BundleService) -> [MigrationEntry] {
        service.artifact.contract.migrations?.history ?? []
    }
}

extension [PlannedMigration] {
    /// What makes the way back unsafe, and who says so beforehand; nil when nothing does.
    package func warning(back release: String) -> String? {
        let breaking = filter(\.breaks)
        guard !breaking.isEmpty else { return nil }
        let names = breaking.map { $0.name + ($0.accepted.map { " (\($0))" } ?? "") }.joined(separator: ", ")
        return "Going back to \(release) is not safe once the database is migrated: it takes away or changes what "
            + "\(release) may use: \(names)."
    }
}
