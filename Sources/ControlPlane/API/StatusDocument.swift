/// What an environment runs, against what it should: `GET /api/v1/environments/{name}/status`.
package struct StatusDocument: Codable, Sendable, Equatable {
    package enum State: String, Codable, Sendable {
        /// Nothing was ever rolled out here.
        case empty
        case steady, rolling, degraded
        case rolledBack = "rolled_back"
    }

    package var environment: String
    package var kind: String
    @Null package var release: String?
    @Null package var bundle: String?
    @Null package var previous: String?
    package var state: State
    package var services: [ServiceStatus]
    @Null package var rollout: RolloutDocument?
    /// What the router serves clients with; empty without encryption of its own.
    package var certificates: [CertificateDocument]
    package var drift: [DriftDocument]
    /// The head of the drift report; null when nobody could look.
    @Null package var driftSummary: DriftSummaryDocument?
    /// A newer release that could run here; null when there is none.
    @Null package var behind: BehindDocument?
    package var alerts: [AlertDocument]
    @Null package var spend: SpendDocument?
    /// The newest incident that is open.
    package var incident: IncidentDocument?
    /// The last judged numbers of the newest rollout.
    package var verdicts: [VerdictDocument]
    /// Parts of this page that could not be learned, one sentence each: unknown is never shown as good.
    package var unknown: [String]

    package init(
        environment: String, kind: String, release: String? = nil, bundle: String? = nil, previous: String? = nil,
        state: State, services: [ServiceStatus] = [], rollout: RolloutDocument? = nil,
        certificates: [CertificateDocument] = [], drift: [DriftDocument] = [],
        driftSummary: DriftSummaryDocument? = nil, behind: BehindDocument? = nil,
        alerts: [AlertDocument] = [], spend: SpendDocument? = nil, verdicts: [VerdictDocument] = [],
        unknown: [String] = []
    ) {
        self.environment = environment
        self.kind = kind
        self.state = state
        self.services = services
        self.certificates = certificates
        self.drift = drift
        self.alerts = alerts
        self.verdicts = verdicts
        self.unknown = unknown
        _release = Null(wrappedValue: release)
        _bundle = Null(wrappedValue: bundle)
        _previous = Null(wrappedValue: previous)
        _rollout = Null(wrappedValue: rollout)
        _spend = Null(wrappedValue: spend)
        _driftSummary = Null(wrappedValue: driftSummary)
        _behind = Null(wrappedValue: behind)
    }
}

package struct ServiceStatus: Codable, Sendable, Equatable {
    package var name: String
    package var desired: Int
    package var ready: Int
    /// Where clients reach it; null for a service without traffic.
    @Null package var url: String?
    package var instances: [InstanceStatus]

    package init(name: String, desired: Int, ready: Int, url: String? = nil, instances: [InstanceStatus]) {
        self.name = name
        self.desired = desired
        self.ready = ready
        self.instances = instances
        _url = Null(wrappedValue: url)
    }
}

package struct InstanceStatus: Codable, Sendable, Equatable {
    package var id: String
    package var release: String
    package var bundle: String
    package var ready: Bool
    package var alive: Bool
    @Null package var url: String?
    @Null package var pid: Int?
    /// Percentage of the service's work that its bundle gets; null when the router does not say.
    @Null package var weight: Int?
    @Null package var configDigest: String?
    /// `none`, `attested` or `reported`.
    package var proof: String
    package var restarts: Int
    package var healthFailures: Int
    @Null package var detail: String?
    package var since: String

    package init(
        id: String, release: String, bundle: String, ready: Bool, alive: Bool = true, url: String? = nil,
        pid: Int? = nil, weight: Int? = nil, configDigest: String? = nil, proof: String, restarts: Int = 0,
        healthFailures: Int = 0, detail: String? = nil, since: String
    ) {
        self.id = id
        self.release = release
        self.bundle = bundle
        self.ready = ready
        self.alive = alive
        self.proof = proof
        self.restarts = restarts
        self.healthFailures = healthFailures
        self.since = since
        _url = Null(wrappedValue: url)
        _pid = Null(wrappedValue: pid)
        _weight = Null(wrappedValue: weight)
        _configDigest = Null(wrappedValue: configDigest)
        _detail = Null(wrappedValue: detail)
    }
}

/// Money as decimal strings in dollars, nine places, so that no reader rounds it.
package struct SpendDocument: Codable, Sendable, Equatable {
    package struct Scope: Codable, Sendable, Equatable {
        package var scope: String
        package var today: String
        package var held: String
        @Null package var limit: String?

        package init(scope: String, today: String, held: String, limit: String? = nil) {
            self.scope = scope
            self.today = today
            self.held = held
            _limit = Null(wrappedValue: limit)
        }
    }

    package var today: String
    @Null package var limit: String?
    package var currency: String
    package var scopes: [Scope]

    package init(today: String, limit: String? = nil, currency: String = "USD", scopes: [Scope] = []) {
        self.today = today
        self.currency = currency
        self.scopes = scopes
        _limit = Null(wrappedValue: limit)
    }
}

/// One judged signal, with the numbers that it was judged by.
package struct VerdictDocument: Codable, Sendable, Equatable {
    package var signal: String
    package var service: String
    /// `pass`, `fail`, `not_enough_evidence` or `telemetry_broken`.
    package var verdict: String
    @Null package var value: Double?
    @Null package var limit: Double?
    @Null package var samples: Int64?
    @Null package var e: Double?
    @Null package var bound: Double?
    /// Between which values the true one lies, with 95 % confidence at every look at once; of what sequential tests decided.
    package var interval: Interval?
    package var why: String
    @Null package var at: String?
    /// The last lines that the instance wrote, secrets masked, when they explain it.
    package var log: [String]?

    package struct Interval: Codable, Sendable, Equatable {
        package var lower: Double
        package var upper: Double

        package init(lower: Double, upper: Double) {
            self.lower = lower
            self.upper = upper
        }
    }

    package init(
        signal: String, service: String, verdict: String, value: Double? = nil, limit: Double? = nil,
        samples: Int64? = nil, e: Double? = nil, bound: Double? = nil, why: String, at: String? = nil
    ) {
        self.signal = signal
        self.service = service
        self.verdict = verdict
        self.why = why
        _value = Null(wrappedValue: value)
        _limit = Null(wrappedValue: limit)
        _samples = Null(wrappedValue: samples)
        _e = Null(wrappedValue: e)
        _bound = Null(wrappedValue: bound)
        _at = Null(wrappedValue: at)
    }
}
