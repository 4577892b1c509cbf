import Secrets

/// What is asked of drift: values of the caller's shell, which only it has.
package struct DriftBody: Codable, Sendable {
    package var secrets: CarriedSecrets?
    package var reason: String?

    package init(secrets: CarriedSecrets? = nil, reason: String? = nil) {
        self.secrets = secrets
        self.reason = reason
    }
}

/// One difference between what is defined and what runs.
package struct DriftDocument: Codable, Sendable, Equatable {
    /// Who brought it about, as far as that is known.
    package struct Origin: Codable, Sendable, Equatable {
        @Null package var file: String?
        @Null package var line: Int?
        /// The commit that last changed the line; null when there is none, or when it is not known.
        @Null package var commit: String?
        @Null package var author: String?
        @Null package var subject: String?
        /// In words: `environments/dev.yaml:12, not committed`.
        package var text: String

        package init(
            file: String? = nil, line: Int? = nil, commit: String? = nil, author: String? = nil,
            subject: String? = nil, text: String
        ) {
            self.text = text
            _file = Null(wrappedValue: file)
            _line = Null(wrappedValue: line)
            _commit = Null(wrappedValue: commit)
            _author = Null(wrappedValue: author)
            _subject = Null(wrappedValue: subject)
        }
    }

    /// `stale`, `unasked` or `down`.
    package var kind: String
    /// The service; `all` for what concerns the environment as a whole.
    package var service: String
    @Null package var instance: String?
    /// `variable`, `secret`, `replicas`, `port`, `health`, `smoke`, `thresholds`, …
    package var subject: String
    /// The variable, or the key that differs.
    package var name: String
    /// `added`, `removed` or `changed`.
    package var change: String
    /// Null for secrets, whose values are never shown.
    @Null package var before: String?
    @Null package var after: String?
    /// `restart`, `rollout`, `next_rollout` or `repair`: what it takes until what is defined holds.
    package var effect: String
    /// A clause: what is the matter.
    package var message: String
    package var since: String
    package var seconds: Double
    @Null package var by: Origin?

    package init(
        kind: String, service: String, instance: String? = nil, subject: String, name: String,
        change: String = "changed", before: String? = nil, after: String? = nil, effect: String, message: String,
        since: String, seconds: Double, by: Origin? = nil
    ) {
        self.kind = kind
        self.service = service
        self.subject = subject
        self.name = name
        self.change = change
        self.effect = effect
        self.message = message
        self.since = since
        self.seconds = seconds
        _instance = Null(wrappedValue: instance)
        _before = Null(wrappedValue: before)
        _after = Null(wrappedValue: after)
        _by = Null(wrappedValue: by)
    }
}

/// What could not be learned.
package struct DriftUnknownDocument: Codable, Sendable, Equatable {
    package var what: String
    package var reason: String
    @Null package var since: String?

    package init(what: String, reason: String, since: String? = nil) {
        self.what = what
        self.reason = reason
        _since = Null(wrappedValue: since)
    }
}

/// Whether what runs is what is defined: `POST /api/v1/environments/{name}/drift`.
package struct DriftReportDocument: Codable, Sendable, Equatable {
    package var environment: String
    @Null package var release: String?
    /// `none`, `drift`, `unknown` (something could not be asked), `invalid` (what is defined cannot be used, so that
    /// nothing can be compared with it), `rolling` (a rollout is under way) or `empty` (nothing was rolled out).
    package var state: String
    /// One line that says what is the matter.
    package var verdict: String
    /// Since when, of the oldest difference, or of the definition that cannot be used.
    @Null package var since: String?
    /// The command that mends it, when there is something to mend.
    @Null package var fix: String?
    package var drift: [DriftDocument]
    /// Differences that only change how the next rollout goes.
    package var pending: [DriftDocument]
    package var unknown: [DriftUnknownDocument]
    /// Secrets that only a caller's shell has, and that this caller did not bring.
    package var notChecked: [String]

    package init(
        environment: String, release: String? = nil, state: String, verdict: String, since: String? = nil,
        fix: String? = nil, drift: [DriftDocument] = [], pending: [DriftDocument] = [],
        unknown: [DriftUnknownDocument] = [], notChecked: [String] = []
    ) {
        self.environment = environment
        self.state = state
        self.verdict = verdict
        self.drift = drift
        self.pending = pending
        self.unknown = unknown
        self.notChecked = notChecked
        _release = Null(wrappedValue: release)
        _since = Null(wrappedValue: since)
        _fix = Null(wrappedValue: fix)
    }

    /// How `tidegate drift` ends: what differs is said before what is not known.
    package var exit: ExitStatus {
        switch state {
        case "drift": .checkFailed
        case "unknown", "invalid": .unreachable
        case "rolling": .lockHeld
        default: .done
        }
    }

    /// The same for a page that shows the differences elsewhere.
    package var summary: DriftSummaryDocument {
        DriftSummaryDocument(
            state: state, verdict: verdict, since: since, fix: fix, unknown: unknown, notChecked: notChecked)
    }
}

/// The head of a drift report, as status shows it.
package struct DriftSummaryDocument: Codable, Sendable, Equatable {
    package var state: String
    package var verdict: String
    @Null package var since: String?
    @Null package var fix: String?
    package var unknown: [DriftUnknownDocument]
    package var notChecked: [String]

    package init(
        state: String, verdict: String, since: String? = nil, fix: String? = nil,
        unknown: [DriftUnknownDocument] = [], notChecked: [String] = []
    ) {
        self.state = state
        self.verdict = verdict
        self.unknown = unknown
        self.notChecked = notChecked
        _since = Null(wrappedValue: since)
        _fix = Null(wrappedValue: fix)
    }
}

/// What was done about drift: `POST /api/v1/environments/{name}/drift/fix`.
package struct DriftFixDocument: Codable, Sendable, Equatable {
    /// The rollout of the release that runs, with what is defined now; null when none was needed.
    @Null package var rollout: String?
    /// What was stopped and started again, in words.
    package var done: [String]
    /// What could not be mended.
    package var failures: [String]

    package init(rollout: String? = nil, done: [String] = [], failures: [String] = []) {
        self.done = done
        self.failures = failures
        _rollout = Null(wrappedValue: rollout)
    }
}

/// A newer release that proved itself in the environment that this one takes its releases from.
package struct BehindDocument: Codable, Sendable, Equatable {
    /// What should run.
    package var release: String
    /// Where it runs.
    package var from: String
    /// Since when it could have been here: its success there, and the time that it must have stayed healthy.
    package var since: String
    package var seconds: Double
    package var text: String
    package var fix: String

    package init(release: String, from: String, since: String, seconds: Double, text: String, fix: String) {
        self.release = release
        self.from = from
        self.since = since
        self.seconds = seconds
        self.text = text
        self.fix = fix
    }
}
