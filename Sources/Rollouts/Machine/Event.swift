import Analysis
import Definitions

/// What happened: the only thing that moves a rollout. Its JSON form is flat, with the case in `type`.
package enum Event: Sendable, Equatable {
    case requested(Requested)
    case preflightPassed(PreflightPassed)
    case preflightRefused(PreflightRefused)
    case migrated(Migrated)
    case instancesReady(InstancesReady)
    case instancesNotReady(InstancesNotReady)
    case smokeFinished(SmokeFinished)
    case weightsShifted(WeightsShifted)
    case sampled(Sampled)
    case instancesStopped(InstancesStopped)
    case actionFailed(ActionFailed)
    case deadlineReached(DeadlineReached)
    case paused(ByPerson)
    case resumed(ByPerson)
    case approved(ByPerson)
    case abortRequested(ByPerson)
    case rollbackRequested(ByPerson)
    /// The previous bundle need not stay warm any longer.
    case windowEnded(WindowEnded)
}

extension Event {
    package struct Requested: Codable, Sendable, Equatable {
        package var environment: String
        package var kind: Rollout.Kind
        package var release: String
        package var actor: String
        package var reason: String?
        package var strategy: String?
        /// The version of the machine that began it.
        package var machine: Int
        /// Of a rollback: the bundle to restore.
        package var target: Digest?
        /// The time between two looks while analysing.
        package var tick: Duration
    }

    package struct PreflightPassed: Codable, Sendable, Equatable {
        package var action: String
        package var course: Course
        package var plan: Plan
    }

    package struct PreflightRefused: Codable, Sendable, Equatable {
        package var action: String
        package var reason: String
        package var findings: [Finding]
    }

    package struct Migrated: Codable, Sendable, Equatable {
        package var action: String
        package var output: String
    }

    package struct InstancesReady: Codable, Sendable, Equatable {
        package var action: String
        package var service: String
        package var bundle: Digest
        package var instances: [String]
    }

    package struct InstancesNotReady: Codable, Sendable, Equatable {
        package var action: String
        package var service: String
        package var bundle: Digest
        package var reason: String
        package var log: [String]
        /// True when the old bundle's instances are not ready either: then it is not the release's doing.
        package var oldIsUnreadyToo: Bool
    }

    package struct SmokeFinished: Codable, Sendable, Equatable {
        package var action: String
        package var stage: SmokeRequest.Stage
        package var bundle: Digest
        package var passed: Bool
        package var report: SmokeReport
    }

    package struct WeightsShifted: Codable, Sendable, Equatable {
        package struct Weight: Codable, Sendable, Equatable {
            package var bundle: Digest
            package var release: String
            package var percent: Int
        }

        package var action: String
        package var service: String
        package var percent: Int
        package var weights: [Weight]
    }

    package struct Sampled: Codable, Sendable, Equatable {
        package var action: String
        package var sample: SignalSample
    }

    package struct InstancesStopped: Codable, Sendable, Equatable {
        package var action: String
        package var service: String
        package var bundle: Digest
        /// Requests that were still in flight when the drain's time was over.
        package var cutOff: Int
    }

    package struct ActionFailed: Codable, Sendable, Equatable {
        package var action: String
        package var reason: String
        package var log: [String]
    }

    package struct DeadlineReached: Codable, Sendable, Equatable {
        package var deadline: String
    }

    package struct ByPerson: Codable, Sendable, Equatable {
        package var by: String
        package var reason: String?
        package init(by: String, reason: String?) {
            self.by = by
            self.reason = reason
        }
    }

    package struct WindowEnded: Codable, Sendable, Equatable {
        package var previous: Digest
    }
}
