import Definitions
import Rollouts
import Secrets
import Storage

/// What the parts below throw, as refusals with an exit code; what is not known stays as it is.
enum Explanations {
    /// Runs the body and explains what it throws.
    static func explaining<T>(_ body: () async throws -> T) async throws -> T {
        do { return try await body() } catch { throw explain(error) }
    }

    static func explain(_ error: any Error) -> any Error {
        switch error {
        case let error as RolloutError: rollout(error)
        case let error as PreflightError: preflight(error)
        case let error as ReleaseError: release(error)
        case let error as GateError: Refusal("not_possible", error.description, exit: .usage)
        case let error as FreezePeriod.UnknownZone:
            Refusal("unknown_zone", "Nobody here knows the time zone \(error.zone).", exit: .invalidDefinition)
        case let error as DatabaseError: database(error)
        case let error as SecretError: Refusal("secret_failed", "\(error)", exit: .invalidDefinition)
        case let error as PlatformError: Refusal("platform_failed", "\(error)", exit: .checkFailed)
        case let error as RouterError: Refusal("router_failed", "\(error)", exit: .checkFailed)
        default: error
        }
    }

    private static func rollout(_ error: RolloutError) -> Refusal {
        let (code, exit): (String, ExitStatus) =
            switch error {
            case .locked: ("locked", .lockHeld)
            case .staleLease: ("stale_lease", .lockHeld)
            case .unknownRelease: ("unknown_release", .usage)
            case .unknownRollout: ("unknown_rollout", .usage)
            case .unknownBundle: ("unknown_bundle", .usage)
            case .nothingToRollBackTo: ("nothing_to_roll_back_to", .refused)
            case .finished: ("finished", .refused)
            case .notPossible: ("not_possible", .refused)
            case .keyIsTaken: ("key_taken", .usage)
            case .breakingMigrations: ("breaking_migrations", .refused)
            case .corrupt: ("quarantined", .rollbackFailed)
            }
        return Refusal(code, error.description, exit: exit)
    }

    private static func preflight(_ error: PreflightError) -> Refusal {
        switch error {
        case .invalid(let findings): Explanations.invalid(findings)
        case .unreachable(let reason): Refusal("unreachable_source", reason, exit: .unreachable)
        case .failed(let reason): Refusal("preflight_failed", reason, exit: .checkFailed)
        }
    }

    /// The findings speak for themselves; the sentence counts them.
    static func invalid(_ findings: [Finding]) -> Refusal {
        let count = EventText.count(findings.count, "finding")
        return Refusal(
            "definition_invalid", "The definition is not valid: \(count); mend them, then: tidegate validate",
            exit: .invalidDefinition, findings: findings)
    }

    private static func release(_ error: ReleaseError) -> Refusal {
        let (code, exit): (String, ExitStatus) =
            switch error {
            case .invalidVersion: ("invalid_version", .usage)
            case .noArtifacts: ("no_artifacts", .invalidDefinition)
            case .unreadableArtifact: ("unreadable_artifact", .invalidDefinition)
            case .unknownSetting: ("undeclared_setting", .invalidDefinition)
            case .secretSetting: ("secret_setting", .invalidDefinition)
            case .differentContent: ("different_content", .refused)
            case .unknown: ("unknown_release", .usage)
            case .notBlocked: ("not_blocked", .refused)
            case .notRecorded: ("not_recorded", .checkFailed)
            }
        return Refusal(code, error.description, exit: exit)
    }

    private static func database(_ error: DatabaseError) -> Refusal {
        switch error {
        case .unreachable, .connectionLost, .accessDenied:
            Refusal("database_unreachable", "\(error)", exit: .unreachable)
        case .full: Refusal("disk_full", "\(error)", exit: .checkFailed)
        default: Refusal("database_failed", "\(error)", exit: .checkFailed)
        }
    }
}
