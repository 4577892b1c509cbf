import Definitions
import FoundationEssentials
import Logging
import Operations
import Rollouts
import Secrets
import Storage

/// Removes what environments need not keep any longer. What fails in one does not keep it from the others.
struct RetentionService: Sendable {
    let environments: any EnvironmentSource
    let database: any Database
    let seals: SealStore
    let artifacts: ArtifactStore
    let alerts: AlertStore
    let clock: any WallClock
    /// Forgets instances of an environment that ended before, with their logs.
    let forget: @Sendable (_ environment: String, _ endedBefore: Timestamp) async throws -> Int
    let logger: Logger

    func round() async throws {
        var failures: [String] = []
        for name in try environments.names() {
            do {
                // A file with errors says nothing for certain, so nothing is removed by it.
                try await clean(name, try environments.environment(name).retention)
            } catch {
                failures.append("\(name): \(error)")
            }
        }
        // Artifacts belong to all environments: where a file says nothing for certain, none of them goes.
        if failures.isEmpty {
            do { try await cleanArtifacts() } catch { failures.append("artifacts: \(error)") }
        }
        if !failures.isEmpty { throw Refusal("retention", failures.joined(separator: "; "), exit: .checkFailed) }
    }

    private func cleanArtifacts() async throws {
        var retentions: [String: RetentionDefinition] = [:]
        for name in try environments.names() { retentions[name] = try environments.environment(name).retention }
        guard let releases = retentions.values.map(\.releases).max() else { return }
        let bundles = retentions.mapValues(\.bundles)
        let old = try await database.read {
            try Retention.forgettableArtifacts(releases: releases, bundles: bundles, $0)
        }.filter(artifacts.has)
        for digest in old { try artifacts.remove(digest) }
        let yesterday = Date(timeIntervalSince1970: Double(clock.now.microseconds) / 1e6 - 86_400)
        let leftovers = try artifacts.removeLeftovers(olderThan: yesterday)
        guard old.count + leftovers > 0 else { return }
        logger.info("removed \(old.count) artifacts of old releases, and what \(leftovers) copies had left")
    }

    private func clean(_ name: String, _ retention: RetentionDefinition) async throws {
        var looks = 0
        while true {
            let count = try await database.write {
                try Retention.dropLooks(environment: name, keep: retention.journals, $0)
            }
            looks += count
            if count == 0 { break }
        }
        let bundles = try await database.read {
            try Retention.forgettable(environment: name, keep: retention.bundles, $0)
        }
        for bundle in bundles { try seals.remove(bundle: bundle.text) }
        let now = clock.now
        let records = try await alerts.removeSettled(environment: name, before: now - retention.records)
        let logs = try await forget(name, now - retention.logs)
        guard looks + records + logs > 0 else { return }
        logger.info("\(name): removed \(looks) looks, \(records) records of alerts, logs of \(logs) instances")
    }
}
