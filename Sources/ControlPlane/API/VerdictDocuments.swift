/// What may be asked about verdicts: what they compare with, and whether they would come out the same again.
package protocol VerdictControl: Sendable {
    /// What each service was under the bundles that proved themselves, those in force first.
    func baselines(_ environment: String) async throws -> [BaselineDocument]
    func setBaseline(_ environment: String, _ body: BaselineBody, by caller: Caller) async throws -> BaselineDocument
    func replay(rollout: String) async throws -> ReplayDocument
}

/// What a service was under a bundle.
package struct BaselineDocument: Codable, Sendable, Equatable {
    package var service: String
    /// Whether rollouts are compared with it.
    package var inForce: Bool
    package var bundle: String
    package var quantile: Double
    package var milliseconds: Double
    /// Answers that it rests on; 0 when a person gave the number.
    package var samples: Int64
    @Null package var requests: Int64?
    @Null package var errors: Int64?
    package var recordedAt: String
    /// Who set it, and why; null when it was measured and nobody did.
    @Null package var setBy: String?
    @Null package var reason: String?

    package init(
        service: String, inForce: Bool, bundle: String, quantile: Double, milliseconds: Double, samples: Int64,
        requests: Int64? = nil, errors: Int64? = nil, recordedAt: String, setBy: String? = nil, reason: String? = nil
    ) {
        self.service = service
        self.inForce = inForce
        self.bundle = bundle
        self.quantile = quantile
        self.milliseconds = milliseconds
        self.samples = samples
        self.recordedAt = recordedAt
        _requests = Null(wrappedValue: requests)
        _errors = Null(wrappedValue: errors)
        _setBy = Null(wrappedValue: setBy)
        _reason = Null(wrappedValue: reason)
    }
}

/// A baseline to put in force: what was measured under a bundle, or a response time at a quantile.
package struct BaselineBody: Codable, Sendable {
    package var service: String
    /// A bundle's digest or the beginning of one.
    package var bundle: String?
    package var milliseconds: Double?
    package var quantile: Double?
    package var reason: String

    package init(
        service: String, bundle: String? = nil, milliseconds: Double? = nil, quantile: Double? = nil, reason: String
    ) {
        self.service = service
        self.bundle = bundle
        self.milliseconds = milliseconds
        self.quantile = quantile
        self.reason = reason
    }
}

/// A rollout's verdicts, judged again from what was recorded.
package struct ReplayDocument: Codable, Sendable, Equatable {
    package struct Item: Codable, Sendable, Equatable {
        package var seq: Int
        package var at: String
        package var signal: String
        package var service: String
        package var verdict: String
        package var why: String
        /// Whether it is the same to the bit.
        package var same: Bool
        /// What differs, a sentence a field.
        package var differences: [String]

        package init(
            seq: Int, at: String, signal: String, service: String, verdict: String, why: String,
            differences: [String] = []
        ) {
            self.seq = seq
            self.at = at
            self.signal = signal
            self.service = service
            self.verdict = verdict
            self.why = why
            same = differences.isEmpty
            self.differences = differences
        }
    }

    package var rollout: String
    /// How many looks were judged again.
    package var looks: Int
    package var same: Bool
    /// Where the journal leads elsewhere now, if it does.
    @Null package var departure: String?
    /// Those that decided something.
    package var verdicts: [Item]

    package init(rollout: String, looks: Int, departure: String? = nil, verdicts: [Item]) {
        self.rollout = rollout
        self.looks = looks
        same = departure == nil && verdicts.allSatisfy(\.same)
        self.verdicts = verdicts
        _departure = Null(wrappedValue: departure)
    }
}
