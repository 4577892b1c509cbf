import Definitions
import Operations
import Rollouts

/// Since when, and by what.
extension DriftWatch {
    /// - Parameter isOnRecord: whether this is the watcher's own look, whose findings are kept; others are only compared
    ///   with what is on record.
    func report(
        _ draft: DriftDraft, _ defined: DefinedConfiguration?, isOnRecord: Bool
    ) async throws -> DriftReport {
        let (now, name) = (parts.clock.now, draft.running.environment)
        var report = DriftReport(
            environment: name, release: draft.running.release, runningSince: draft.running.createdAt,
            state: draft.state, unknown: draft.unknown, notChecked: draft.notChecked)
        var items: [DriftReport.Item] = []
        for finding in draft.findings {
            let origin = await origin(of: finding, defined, now)
            let began = await begin(of: finding, origin, defined, draft.running, now)
            items.append(.init(finding: finding, since: began, origin: origin))
        }
        report.items = items.filter { $0.finding.effect != .nextRollout }
        report.pending = items.filter { $0.finding.effect == .nextRollout }
        return try await dated(report, isOnRecord: isOnRecord, now)
    }

    private func dated(_ report: DriftReport, isOnRecord: Bool, _ now: Timestamp) async throws -> DriftReport {
        var report = report
        var seen: [String: Timestamp] = [:]
        for item in report.items + report.pending { seen[item.finding.key] = item.since }
        for unknown in report.unknown { seen["unknown/\(unknown.key)"] = now }
        if case .invalid = report.state { seen["invalid"] = now }
        let record =
            isOnRecord
            ? try await parts.record.settle(environment: report.environment, seen: seen, isComplete: report.isComplete)
            : try await parts.record.since(environment: report.environment)
        for index in report.items.indices {
            report.items[index].since = record[report.items[index].finding.key] ?? report.items[index].since
        }
        for index in report.pending.indices {
            report.pending[index].since = record[report.pending[index].finding.key] ?? report.pending[index].since
        }
        for index in report.unknown.indices {
            report.unknown[index].since = record["unknown/\(report.unknown[index].key)"] ?? now
        }
        report.invalidSince = seen["invalid"].map { record["invalid"] ?? $0 }
        return report
    }

    /// When the file that defines it was changed, if that was after what runs was made; otherwise now, for it is seen now.
    private func begin(
        of finding: DriftFinding, _ origin: DriftOrigin?, _ defined: DefinedConfiguration?, _ running: Bundle,
        _ now: Timestamp
    ) async -> Timestamp {
        var changed: Timestamp?
        if finding.instance != nil || finding.effect == .repair {
            changed = nil
        } else if finding.subject == .secret, finding.change == .changed {
            if let secret = defined?.secret(of: finding) { changed = await parts.secrets.changed(secret) }
        } else if let file = origin?.place?.file ?? defined?.file {
            changed = FileStamp(path: "\(parts.project.path)/\(file)")?.modified
        }
        guard let changed, changed > running.createdAt, changed < now else { return now }
        return changed
    }

    private func origin(
        of finding: DriftFinding, _ defined: DefinedConfiguration?, _ now: Timestamp
    ) async -> DriftOrigin? {
        guard let defined, finding.instance == nil, finding.effect != .repair else { return nil }
        let place = defined.place(of: finding)
        if finding.subject == .secret, finding.change == .changed {
            return DriftOrigin(place: place, text: "its source gave another value")
        }
        guard let place else {
            guard finding.change == .removed else { return nil }
            let file = defined.file
            return DriftOrigin(
                history: await parts.history.removal(of: finding.name, from: file, now: now),
                text: "removed from \(file)")
        }
        return DriftOrigin(place: place, history: await parts.history.history(of: place, now: now))
    }
}

extension DefinedConfiguration {
    /// The definition of the secret that the finding is about.
    fileprivate func secret(of finding: DriftFinding) -> SecretDefinition? {
        let all = Dictionary(environment.allSecrets.map { ($0.name, $0.value) }) { first, _ in first }
        guard let service = finding.service else { return all[finding.name] }
        return SecretScope.value(of: finding.name, service: service, in: all)
    }
}
