/// What an environment asks for before a rollout begins, beyond where its releases come from.
package struct GateDefinition: Sendable, Equatable, Codable {
    /// What a gate does with what it sees.
    package enum Force: String, Sendable, Codable, CaseIterable { case refuse, ignore }

    /// Nil asks nobody.
    package var approval: ApprovalDefinition?
    /// The kinds of evidence that a release needs.
    package var evidence: [EvidenceKind]
    /// Evidence that is older counts for nothing.
    package var evidenceWithin: Duration
    /// Whether an error budget that is used up stops rollouts.
    package var errorBudget: Force
    /// Whether a spend limit that is reached stops rollouts.
    package var spend: Force

    package init(
        approval: ApprovalDefinition? = nil, evidence: [EvidenceKind] = [],
        evidenceWithin: Duration = .seconds(30 * 86_400), errorBudget: Force = .refuse, spend: Force = .ignore
    ) {
        self.approval = approval
        self.evidence = evidence
        self.evidenceWithin = evidenceWithin
        self.errorBudget = errorBudget
        self.spend = spend
    }
}

/// What somebody may put on record about a release.
package enum EvidenceKind: String, Sendable, Codable, CaseIterable {
    case smoke, load, security
    case alertTest = "alert-test"
}

/// Who may approve, and until when.
package struct ApprovalDefinition: Sendable, Equatable, Codable {
    /// How the wait ends when nobody approves.
    package enum Otherwise: String, Sendable, Codable, CaseIterable { case rollback, abort }

    /// Login names; empty for anybody.
    package var by: [String]
    /// Whether it takes somebody else than who started the rollout.
    package var fourEyes: Bool
    package var within: Duration
    /// Of a step; before anything is touched there is nothing to roll back, and the rollout is refused.
    package var otherwise: Otherwise

    package init(
        by: [String] = [], fourEyes: Bool = false, within: Duration = .seconds(86_400), otherwise: Otherwise = .rollback
    ) {
        self.by = by
        self.fourEyes = fourEyes
        self.within = within
        self.otherwise = otherwise
    }
}

/// A time of every week, or of every day, in which nothing but rollbacks begins. It goes from the first `from` to the
/// next `until`, by the clocks of its zone.
package struct FreezeWindow: Sendable, Equatable, Codable {
    /// A time on the clock, `fri 16:00` or `16:00`.
    package struct WeekTime: Sendable, Hashable, Codable, CustomStringConvertible {
        /// 0 is Monday; nil is every day.
        package var day: Int?
        /// Since midnight, 0 to 1,439.
        package var minute: Int

        package init(day: Int?, minute: Int) {
            self.day = day
            self.minute = minute
        }

        static let days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]

        /// Nil for anything else than `[DAY ]HH:MM`.
        package init?(_ text: String) {
            let parts = text.split(separator: " ", omittingEmptySubsequences: false)
            guard (1...2).contains(parts.count), let clock = parts.last.flatMap(Self.minutes) else { return nil }
            minute = clock
            day = parts.count == 2 ? Self.days.firstIndex(of: String(parts[0])) : nil
            if parts.count == 2, day == nil { return nil }
        }

        /// `HH:MM` in minutes since midnight.
        private static func minutes(_ text: Substring) -> Int? {
            let parts = text.split(separator: ":", omittingEmptySubsequences: false)
            guard parts.count == 2, parts.allSatisfy({ $0.utf8.count == 2 && $0.allSatisfy(\.isASCIIDigit) }),
                let hour = Int(parts[0]), let minute = Int(parts[1]), hour < 24, minute < 60
            else { return nil }
            return hour * 60 + minute
        }

        package var description: String {
            func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
            return (day.map { "\(Self.days[$0 % 7]) " } ?? "") + "\(two(minute / 60)):\(two(minute % 60))"
        }
    }

    package var from: WeekTime
    package var until: WeekTime
    /// A name of the IANA time zone database.
    package var zone: String
    package var reason: String

    package init(from: WeekTime, until: WeekTime, zone: String = "UTC", reason: String) {
        self.from = from
        self.until = until
        self.zone = zone
        self.reason = reason
    }
}
