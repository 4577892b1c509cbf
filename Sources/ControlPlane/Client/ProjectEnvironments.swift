import Definitions
import Operations
import Rollouts
import Synchronization

/// The environments of a project's files. The files are read at each call, and judged again only when one has changed,
/// or the day has: secrets expire.
/// The last valid definition of each is remembered, for what goes on while somebody edits.
package final class ProjectEnvironments: EnvironmentSource {
    private struct Known {
        var files: [String: [UInt8]]
        /// The UTC day on which they were judged, counted from 1970.
        var day: Int
        var names: [String]
        var result: ValidationResult
        /// By name, valid now or once.
        var lastValid: [String: Environment]
    }

    private let project: Project
    private let clock: any WallClock
    private let known = Mutex<Known?>(nil)

    package init(_ project: Project, clock: any WallClock) {
        self.project = project
        self.clock = clock
    }

    package func names() throws -> [String] { try current().names }

    package func environment(_ name: String) throws -> Environment {
        let known = try current()
        if let environment = known.result.usable[name] { return environment }
        guard known.names.contains(name) else {
            throw try unknown(name)
        }
        let findings = known.result.findings.filter { $0.environment == name || $0.environment == nil }
        throw Explanations.invalid(findings.isEmpty ? known.result.findings : findings)
    }

    package func known(_ name: String) throws -> KnownEnvironment {
        do {
            return KnownEnvironment(definition: try environment(name))
        } catch let refusal as Refusal where refusal.exit == .invalidDefinition {
            return KnownEnvironment(definition: known.withLock { $0?.lastValid[name] }, invalid: refusal)
        }
    }

    private func current() throws -> Known {
        let sources = try project.readSources()
        let now = clock.now.seconds
        let day = now / 86_400
        if let known = known.withLock({ $0 }), known.files == sources.files, known.day == day { return known }
        let validation = try ProjectValidation.complete(sources)
        let result = try validation.validate(now: now)
        let fresh = Known(
            files: sources.files, day: day, names: Self.inOrderOfPromotion(validation.environmentNames, result.usable),
            result: result, lastValid: result.usable)
        return known.withLock { known in
            var merged = fresh
            merged.lastValid.merge(known?.lastValid ?? [:]) { valid, _ in valid }
            known = merged
            return merged
        }
    }

    /// The validation's own words, with the name that was perhaps meant.
    private func unknown(_ name: String) throws -> Refusal {
        do {
            _ = try ProjectValidation.complete(project.readSources()).validate([name], now: clock.now.seconds)
            return Refusal("unknown_environment", "There is no environment \(name).", exit: .usage)
        } catch let error as UnknownEnvironment {
            return Refusal("unknown_environment", error.description, exit: .usage)
        }
    }

    /// Those that promote from nowhere first.
    private static func inOrderOfPromotion(_ names: [String], _ usable: [String: Environment]) -> [String] {
        func depth(_ name: String, _ seen: Set<String> = []) -> Int {
            guard let source = usable[name]?.promotesFrom, !seen.contains(name) else { return 0 }
            return depth(source, seen.union([name])) + 1
        }
        return names.map { ($0, depth($0)) }.sorted { ($0.1, $0.0) < ($1.1, $1.0) }.map(\.0)
    }
}
