import Definitions
import Operations
import Rollouts
import Secrets

/// Whoever knows whether what runs is what is defined.
package protocol DriftSource: Sendable {
    /// - Parameter given: the values of a caller's shell; every source is asked anew then. Nil takes what is known.
    func report(_ environment: String, given: [String: Secret]?) async throws -> DriftReport
}

extension DriftReportDocument {
    init(_ report: DriftReport, now: Timestamp) {
        let oldest = (report.items.map(\.since) + [report.invalidSince].compactMap(\.self)).min()
        self.init(
            environment: report.environment, release: report.release, state: report.word, verdict: report.verdict,
            since: oldest?.rfc3339,
            fix: report.items.isEmpty ? nil : "tidegate drift \(report.environment) --fix",
            drift: report.items.map { DriftDocument($0, now: now) },
            pending: report.pending.map { DriftDocument($0, now: now) },
            unknown: report.unknown.map {
                DriftUnknownDocument(what: $0.key, reason: $0.reason, since: $0.since?.rfc3339)
            }, notChecked: report.notChecked)
    }
}

extension DriftDocument {
    init(_ item: DriftReport.Item, now: Timestamp) {
        let finding = item.finding
        self.init(
            kind: finding.kind.rawValue, service: finding.service ?? "all", instance: finding.instance,
            subject: finding.subject.rawValue, name: finding.name, change: finding.change.rawValue,
            before: finding.before, after: finding.after, effect: finding.effect.rawValue, message: finding.message,
            since: item.since.rfc3339, seconds: max(0, (now - item.since).seconds), by: item.origin.map(Origin.init))
    }
}

extension DriftDocument.Origin {
    init(_ origin: DriftOrigin) {
        var commit: DriftOrigin.Commit?
        var words = [origin.place.map { "\($0.file):\($0.line)" }, origin.text].compactMap(\.self)
        switch origin.history {
        case .commit(let last):
            commit = last
            words.append("\(last.id.prefix(8)) \(last.author): \(last.subject)")
        case .uncommitted: words.append("not committed")
        case .unknown: break
        }
        self.init(
            file: origin.place?.file, line: origin.place?.line, commit: commit?.id, author: commit?.author,
            subject: commit?.subject, text: words.joined(separator: ", "))
    }
}
