/// What an environment's `rules:` make of its findings. They lower, and never raise; each has a reason.
struct RuleExceptions {
    /// Those that may be applied.
    private(set) var valid: [RuleException] = []
    /// What is wrong with the others.
    private(set) var findings: [Finding] = []
    /// The places of those that have met a finding.
    private(set) var used: Set<Place> = []
    let environment: String

    /// - Parameter now: seconds since 1970.
    init(_ exceptions: [RuleException], environment: String, now: Int) {
        self.environment = environment
        for exception in exceptions {
            guard let problem = Self.problem(exception, now) else {
                valid.append(exception)
                continue
            }
            report(problem.rule, exception, problem.message, problem.fix)
        }
    }

    /// The findings that are left, some of them lowered, and those that are ignored.
    mutating func apply(_ findings: [Finding]) -> (left: [Finding], ignored: [Finding]) {
        var (left, ignored) = ([Finding](), [Finding]())
        for finding in findings {
            guard let exception = valid.first(where: { Self.meets($0, finding) }) else {
                left.append(finding)
                continue
            }
            used.insert(exception.place)
            var changed = finding
            changed.exception = Finding.Exception(
                from: finding.severity, reason: exception.reason, place: exception.place)
            switch exception.severity {
            case .ignore: ignored.append(changed)
            case .warning:
                changed.severity = .warning
                left.append(changed)
            }
        }
        return (left, ignored)
    }

    /// Those that have met nothing.
    var unused: [RuleException] { valid.filter { !used.contains($0.place) } }

    /// What is said of one that no environment needs.
    func unusedFinding(_ exception: RuleException) -> Finding {
        let subject = exception.name.map { " for `\($0.prefix(80))`" } ?? ""
        return Finding(
            rule: "rules.unused", severity: .warning, environment: environment, place: exception.place,
            name: exception.rule,
            message: "nothing breaks `\(exception.rule)`\(subject), so nothing needs to be lowered.",
            fix: "Remove the exception.")
    }

    private static func meets(_ exception: RuleException, _ finding: Finding) -> Bool {
        guard exception.rule == finding.rule, exception.name == nil || exception.name == finding.name else {
            return false
        }
        return exception.severity == .ignore || finding.severity == .error
    }

    private typealias Problem = (rule: String, message: String, fix: String)

    private static func problem(_ exception: RuleException, _ now: Int) -> Problem? {
        let id = exception.rule
        guard let rule = RuleDescription.find(id) else {
            let nearest = Suggestion.nearest(to: id, among: RuleDescription.all.map(\.id))
            return (
                "rules.unknown", "there is no rule `\(id.prefix(80))`.",
                nearest.map { "Write `\($0)`." } ?? "`tidegate validate --explain list` names them all."
            )
        }
        if rule.mustHold {
            return (
                "rules.must-hold", "`\(id)` must hold: what breaks it cannot be rolled out.",
                "Remove the exception, and mend what the rule finds."
            )
        }
        if !Self.isReason(exception.reason) {
            return (
                "rules.reason", "the exception from `\(id)` does not say why.",
                "Write a `reason` of at least four words that tells the next reader why it is right here."
            )
        }
        if let until = exception.until, now >= until.seconds + 86_400 {
            return (
                "rules.expired", "the exception from `\(id)` held until \(until).",
                "Mend what the rule finds and remove the exception, or write a later day and why."
            )
        }
        return nil
    }

    /// Four words with letters, of which not all are the same.
    private static func isReason(_ text: String) -> Bool {
        let words = text.split { !$0.isLetter && !$0.isNumber }.filter { $0.contains(where: \.isLetter) }
        return words.count >= 4 && Set(words.map { $0.lowercased() }).count >= 3
    }

    private mutating func report(_ rule: String, _ exception: RuleException, _ message: String, _ fix: String) {
        findings.append(
            Finding(
                rule: rule, environment: environment, place: exception.place, name: exception.rule, message: message,
                fix: fix))
    }
}
