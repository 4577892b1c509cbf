import ControlPlane
import Foundation
import Operations

/// What a preflight found, for people.
enum PreflightText {
    static func mark(_ outcome: CheckOutcome) -> String {
        switch outcome {
        case .passed: Ink.good("✓")
        case .skipped: Ink.dim("–")
        case .warned: Ink.warn("!")
        case .unreachable, .failed, .invalid: Ink.bad("✗")
        }
    }

    /// A line for each thing that was looked at, with place and fix below what is no good news.
    static func text(_ document: PreflightDocument) -> String {
        let width = document.checks.map(\.subject.count).max() ?? 0
        var lines: [String] = []
        for check in document.checks {
            let kind = check.kind.rawValue.padding(toLength: 8, withPad: " ", startingAt: 0)
            let subject = check.subject.padding(toLength: width, withPad: " ", startingAt: 0)
            lines.append("\(mark(check.outcome)) \(kind)  \(subject)  \(check.message)")
            guard check.outcome >= .warned else { continue }
            lines.append(Ink.dim("    at \(check.file):\(check.line):\(check.column) [\(check.rule)]"))
            if let fix = check.fix { lines.append("    fix: \(fix)") }
        }
        return (lines + [summary(document)]).joined(separator: "\n")
    }

    static func summary(_ document: PreflightDocument) -> String {
        let counts = CheckOutcome.allCases.compactMap { outcome -> String? in
            let count = document.checks.count { $0.outcome == outcome }
            return count == 0 ? nil : "\(count) \(outcome.rawValue)"
        }
        let release = document.release.map { " with release \($0)" } ?? ", no release"
        return "\(document.environment)\(release): \(document.passed ? "ready" : "not ready"); "
            + "\(counts.joined(separator: ", ")) in \(document.seconds) s"
    }
}

/// Shows on a terminal what is still being waited for, and since when.
final class PreflightView {
    private let isLive: Bool
    private let clock = ContinuousClock()
    private var waiting: [(id: String, since: ContinuousClock.Instant)] = []
    private var done = 0

    init(isLive: Bool) { self.isLive = isLive }

    func tell(_ line: PreflightLine) {
        guard isLive else { return }
        switch line {
        case .began(let id, _): waiting.append((id, clock.now))
        case .ended(let id, _):
            waiting.removeAll { $0.id == id }
            done += 1
        case .finished:
            Terminal.clearStatus()
            return
        }
        let oldest = waiting.prefix(3).map { entry in
            "\(entry.id) (\(Int((clock.now - entry.since) / .seconds(1))) s)"
        }
        let more = waiting.count > 3 ? " and \(waiting.count - 3) more" : ""
        Terminal.status("\(done) done; waiting for \(oldest.joined(separator: ", "))\(more)")
    }
}
