import Rollouts
import Secrets

/// A secret on its way to a new value: for each step, the value is written where the secret comes from, and the running
/// release is rolled out with it. The record of it; its values are sealed beside it.
///
/// A single value takes one step. A set of signing keys takes three: `old,new` (every instance learns to accept the new
/// key), `new,old` (new tokens are signed with it), and, when the last token of the old key has expired, `new`.
package struct Rotation: Codable, Sendable, Equatable {
    package enum Phase: String, Codable, Sendable {
        /// The step's value is to be written to the provider. Leads to `starting`, `stuck`.
        case writing
        /// The rollout is to be begun. Leads to `rolling`, `takingBack`.
        case starting
        /// Leads to `writing` or `waiting` of the next step, `done`, `takingBack`.
        case rolling
        /// Tokens of the old key may still be about. Leads to `writing`.
        case waiting
        /// The provider is to hold the value before this step again. Leads to `takenBack`, `stuck`.
        case takingBack
        /// Somebody has to look; `tidegate secrets rotate` takes the step again. Leads to `writing`.
        case stuck
        case done
        case takenBack
    }

    package let id: String
    package let environment: String
    /// The key in `Environment.allSecrets`.
    package let name: String
    package let steps: Int
    package let by: String
    package let createdAt: Timestamp
    /// How long the old signing key stays accepted, in seconds.
    package let keepOldSeconds: Int64
    /// From 1.
    package private(set) var step = 1
    package private(set) var phase = Phase.writing
    package private(set) var rollout: String?
    package private(set) var retireAt: Timestamp?
    /// Why it does not go on, or was taken back; or what it waits for.
    package private(set) var note: String?

    package init(
        id: String, environment: String, name: String, steps: Int, by: String, keepOldSeconds: Int64, now: Timestamp
    ) {
        self.id = id
        self.environment = environment
        self.name = name
        self.steps = steps
        self.by = by
        self.keepOldSeconds = keepOldSeconds
        createdAt = now
    }

    package var isOpen: Bool { phase != .done && phase != .takenBack }

    /// What its rollouts are known by, also after a crash between a rollout's begin and its record here.
    package var marker: String { "rotation of \(name), step \(step) of \(steps) (\(id))" }

    package mutating func written() {
        phase = .starting
        note = nil
    }

    package mutating func began(_ rollout: String) {
        self.rollout = rollout
        phase = .rolling
        note = nil
    }

    /// The step's rollout has succeeded.
    package mutating func succeeded(now: Timestamp) {
        note = nil
        rollout = nil
        guard step < steps else {
            phase = .done
            return
        }
        step += 1
        phase = .writing
        if step == 3 {
            phase = .waiting
            retireAt = now + .seconds(keepOldSeconds)
        }
    }

    package mutating func failed(_ why: String) {
        phase = .takingBack
        note = why
    }

    /// The provider holds the value before this step again.
    package mutating func takenBack() { phase = step == 1 ? .takenBack : .stuck }

    package mutating func getStuck(_ why: String) {
        phase = .stuck
        note = why
    }

    package mutating func waits(for what: String?) { note = what }

    /// What the timer does, or a person before it.
    package mutating func retire() { phase = .writing }

    package mutating func takeUpAgain() {
        phase = .writing
        rollout = nil
        note = nil
    }

    /// A sentence for people.
    package var text: String {
        let of = steps == 1 ? "" : " (step \(step) of \(steps))"
        let why = note.map { ": \($0)" } ?? ""
        return switch phase {
        case .writing: "writing the new value where it comes from\(of)\(why)"
        case .starting: "about to roll out\(of)\(why)"
        case .rolling: "rolling out\(of)\(rollout.map { ": \($0)" } ?? "")"
        case .waiting:
            "both keys are accepted, the new one signs; the old one is retired at \(retireAt?.rfc3339 ?? "?"), or now "
                + "with tidegate secrets rotate \(environment) \(name) --retire"
        case .takingBack: "putting the value before it back\(why)"
        case .stuck: "stuck\(of)\(why); mend it, then: tidegate secrets rotate \(environment) \(name)"
        case .done: "rotated: the old value is retired"
        case .takenBack: "taken back, the old value is in force\(why)"
        }
    }
}

/// The values of a rotation: what the provider held before, and what it holds after each step.
package enum RotationValues {
    /// - Parameter old: the keys that are in force, `kid:secret,…`.
    /// - Parameter fresh: `kid:secret`.
    package static func signingKeys(old: Secret, fresh: Secret) -> [Secret] {
        let (before, new) = (old.reveal(), fresh.reveal())
        return [old, Secret("\(before),\(new)"), Secret("\(new),\(before)"), fresh]
    }

    package static func single(old: Secret, fresh: Secret) -> [Secret] { [old, fresh] }

    static func sealed(_ values: [Secret]) -> [String: Secret] {
        Dictionary(uniqueKeysWithValues: values.enumerated().map { ("\($0.offset)", $0.element) })
    }
}
