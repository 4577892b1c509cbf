import Definitions
import Storage

extension GateFacts {
    /// Gathers what the control plane's own record knows.
    package static func read(
        _ terms: GateTerms, environment: String, release: Release, reason: String?, now: Timestamp,
        _ connection: any Connection
    ) throws -> GateFacts {
        let row = try EnvironmentRecord.row(environment, connection)
        let running = try row.current.map { try BundleStore.bundle($0, connection).releaseDigest }
        var facts = GateFacts(
            now: now, environment: environment, release: release.version, releaseDigest: release.digest,
            reason: reason, running: running)
        facts.block = try GateRecord.inForce(release, connection)
        facts.incident = try IncidentRecord.open(environment, connection)
        facts.freezes = try GateRecord.freezes(environment, after: now, connection)
        facts.evidence = try GateRecord.evidence(of: release.digest, connection)
        if let source = terms.promotesFrom {
            facts.source = try SourceChange.read(source, connection)
            facts.breaches = try TrafficRecord.breaches(environment: source, release: release.digest, connection)
        }
        for objective in terms.objectives {
            facts.traffic[objective.service] = try TrafficRecord.sum(
                environment: environment, service: objective.service, window: objective.window, now: now, connection)
        }
        return facts
    }
}

extension SourceChange {
    /// How far back a release's success is looked for.
    private static let most = 500

    /// What changed the environment's release, oldest first.
    static func read(_ environment: String, _ connection: any Connection) throws -> [SourceChange] {
        let rows = try connection.query(
            """
            SELECT document FROM rollouts WHERE environment = ? AND outcome IN ('succeeded', 'rolled_back', 'rollback_failed')
            ORDER BY number DESC LIMIT ?
            """, [environment, most])
        let digests = try connection.query("SELECT version, digest FROM releases").reduce(into: [String: Digest]()) {
            $0[try $1.get("version")] = Digest(try $1.get("digest", as: String.self))
        }
        return try rows.reversed().compactMap { row in
            let past = try CanonicalJSON.decode(PastRollout.self, try row.get("document"))
            return past.change(digests)
        }
    }
}

/// The part of a rollout's record that says what became of it.
private struct PastRollout: Decodable {
    struct Turn: Decodable { var why: String }

    var kind: Rollout.Kind
    var release: String
    var outcome: Outcome?
    var ended: Timestamp?
    var turn: Turn?
    var unrestored: [String]

    enum CodingKeys: String, CodingKey {
        case kind, release, outcome, turn, unrestored
        case ended = "ended_at"
    }

    func change(_ digests: [String: Digest]) -> SourceChange? {
        guard let ended else { return nil }
        switch (kind, outcome) {
        case (.rollout, .succeeded):
            return SourceChange(at: ended, release: release, digest: digests[release], kind: .arrived)
        case (.rollback, .rolledBack),
            (.rollback, .rollbackFailed) where unrestored.isEmpty:
            let why = turn?.why ?? "no reason is on record"
            return SourceChange(at: ended, release: release, digest: digests[release], kind: .returned(why: why))
        default: return nil
        }
    }
}
