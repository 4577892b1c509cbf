import Analysis
import Definitions

/// What happened: the only thing that moves a rollout. Its JSON form is flat, with the case in `type`.
package enum Event: Sendable, Equatable {
    case requested(Requested)
    case preflightPassed(PreflightPassed)
    case preflightRefused(PreflightRefused)
    case gatesChecked(GatesChecked)
    case migrated(Migrated)
    case instancesReady(InstancesReady)
    case instancesNotReady(InstancesNotReady)
    case smokeFinished(SmokeFinished)
    case weightsShifted(WeightsShifted)
    case sampled(Sampled)
    case commandEnded(CommandEnded)
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
        /// The rollout that this one does once more.
        package var retries: String?
        /// The verdict of the watch that asked for it, with what that follows from.
        package var evidence: JudgedLooks?
        /// The gates that the actor passes, for `reason`.
        package var overrides: [Gate]?
        /// The environment in which the release has to have proved itself, where the file names none.
        package var source: String?
        /// By which the caller asks again, should no answer come (`RequestKey`).
        package var key: String?

        package init(
            environment: String, kind: Rollout.Kind, release: String, actor: String, reason: String?, strategy: String?,
            machine: Int, target: Digest?, tick: Duration, retries: String? = nil, evidence: JudgedLooks? = nil,
            overrides: [Gate]? = nil, source: String? = nil, key: String? = nil
        ) {
            self.overrides = overrides
            self.source = source
            self.key = key
            self.environment = environment
            self.kind = kind
            self.release = release
            self.actor = actor
            self.reason = reason
            self.strategy = strategy
            self.machine = machine
            self.target = target
            self.tick = tick
            self.retries = retries
            self.evidence = evidence
        }
    }

    package struct PreflightPassed: Codable, Sendable, Equatable {
        package var action: String
        package var course: Course
        package var plan: Plan

        package init(action: String, course: Course, plan: Plan) {
            self.action = action
            self.course = course
            self.plan = plan
        }
    }

    package struct PreflightRefused: Codable, Sendable, Equatable {
        /// What kind of trouble it was, which callers' exit codes tell apart.
        package enum Cause: String, Codable, Sendable {
            /// The definition is wrong: there are findings.
            case invalid
            /// Something that is needed could not be reached, such as a secret's source.
            case unreachable
            /// Something could not be checked or kept, such as for want of space.
            case failed
        }

        package var action: String
        package var reason: String
        package var findings: [Finding]
        /// Nil when nothing failed, and it was simply not allowed.
        package var cause: Cause?
        /// What each gate said, when one of them refused.
        package var gates: [GateResult]?

        package init(
            action: String, reason: String, findings: [Finding], cause: Cause? = nil, gates: [GateResult]? = nil
        ) {
            self.gates = gates
            self.action = action
            self.reason = reason
            self.findings = findings
            self.cause = cause
        }
    }

    package struct GatesChecked: Codable, Sendable, Equatable {
        package var action: String
        package var results: [GateResult]

        package init(action: String, results: [GateResult]) {
            self.action = action
            self.results = results
        }
    }

    package struct Migrated: Codable, Sendable, Equatable {
        package var action: String
        package var output: String

        package init(action: String, output: String) {
            self.action = action
            self.output = output
        }
    }

    package struct InstancesReady: Codable, Sendable, Equatable {
        package var action: String
        package var service: String
        package var bundle: Digest
        package var instances: [String]

        package init(action: String, service: String, bundle: Digest, instances: [String]) {
            self.action = action
            self.service = service
            self.bundle = bundle
            self.instances = instances
        }
    }

    package struct InstancesNotReady: Codable, Sendable, Equatable {
        package var action: String
        package var service: String
        package var bundle: Digest
        package var reason: String
        package var log: [String]
        /// True when the old bundle's instances are not ready either: then it is not the release's doing.
        package var oldIsUnreadyToo: Bool

        package init(
            action: String, service: String, bundle: Digest, reason: String, log: [String], oldIsUnreadyToo: Bool
        ) {
            self.action = action
            self.service = service
            self.bundle = bundle
            self.reason = reason
            self.log = log
            self.oldIsUnreadyToo = oldIsUnreadyToo
        }
    }

    package struct SmokeFinished: Codable, Sendable, Equatable {
        package var action: String
        package var stage: SmokeRequest.Stage
        package var bundle: Digest
        package var passed: Bool
        package var report: SmokeReport

        package init(action: String, stage: SmokeRequest.Stage, bundle: Digest, passed: Bool, report: SmokeReport) {
            self.action = action
            self.stage = stage
            self.bundle = bundle
            self.passed = passed
            self.report = report
        }
    }

    package struct WeightsShifted: Codable, Sendable, Equatable {
        package struct Weight: Codable, Sendable, Equatable {
            package var bundle: Digest
            package var release: String
            package var percent: Int

            package init(bundle: Digest, release: String, percent: Int) {
                self.bundle = bundle
                self.release = release
                self.percent = percent
            }
        }

        package var action: String
        package var service: String
        package var percent: Int
        package var weights: [Weight]

        package init(action: String, service: String, percent: Int, weights: [Weight]) {
            self.action = action
            self.service = service
            self.percent = percent
            self.weights = weights
        }
    }

    package struct Sampled: Codable, Sendable, Equatable {
        package var action: String
        package var sample: SignalSample

        package init(action: String, sample: SignalSample) {
            self.action = action
            self.sample = sample
        }
    }

    package struct CommandEnded: Codable, Sendable, Equatable {
        package var action: String
        package var title: String
        package var report: CommandReport

        package init(action: String, title: String, report: CommandReport) {
            self.action = action
            self.title = title
            self.report = report
        }
    }

    package struct InstancesStopped: Codable, Sendable, Equatable {
        package var action: String
        package var service: String
        package var bundle: Digest
        /// Requests that were still in flight when the drain's time was over.
        package var cutOff: Int
        /// How many go on; nil for none.
        package var left: Int?

        package init(action: String, service: String, bundle: Digest, cutOff: Int, left: Int? = nil) {
            self.action = action
            self.service = service
            self.bundle = bundle
            self.cutOff = cutOff
            self.left = left
        }
    }

    package struct ActionFailed: Codable, Sendable, Equatable {
        package var action: String
        package var reason: String
        package var log: [String]

        package init(action: String, reason: String, log: [String]) {
            self.action = action
            self.reason = reason
            self.log = log
        }
    }

    package struct DeadlineReached: Codable, Sendable, Equatable {
        package var deadline: String

        package init(deadline: String) {
            self.deadline = deadline
        }
    }

    package struct ByPerson: Codable, Sendable, Equatable {
        package var by: String
        package var reason: String?
        /// Of a rollback: by which the caller asks again, should no answer come (`RequestKey`).
        package var key: String?

        package init(by: String, reason: String?, key: String? = nil) {
            self.by = by
            self.reason = reason
            self.key = key
        }
    }

    package struct WindowEnded: Codable, Sendable, Equatable {
        package var previous: Digest

        package init(previous: Digest) {
            self.previous = previous
        }
    }
}
