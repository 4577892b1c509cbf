import Rollouts

/// One value of a series, with what tells it apart and what a sentence about it may say.
package struct AlertSample: Sendable, Equatable {
    package enum Reading: Sendable, Equatable {
        case value(Double)
        /// Somebody should know now, and does not say.
        case missing(String)
        /// There is nothing to say, such as of a service without traffic: no fault, and no end of an alert either.
        case quiet(String)
    }

    package var labels: Labels
    package var reading: Reading
    /// Names that the rule's sentences may use.
    package var notes: [String: String]

    package init(_ value: Double, labels: Labels = [:], notes: [String: String] = [:]) {
        self.init(.value(value), labels: labels, notes: notes)
    }

    package init(_ reading: Reading, labels: Labels = [:], notes: [String: String] = [:]) {
        self.labels = labels
        self.reading = reading
        self.notes = notes
    }
}

/// What is known of a series at one moment.
package enum SeriesState: Sendable, Equatable {
    /// These are all the values that there are: labels that are not among them are gone.
    case known([AlertSample])
    /// Nothing to ask: nothing runs, or the environment keeps no ledger. That says nothing of any alert, and is no fault.
    case notApplicable
    /// Somebody should know, and does not say.
    case missing(String)
    /// Asking failed.
    case failed(String)
}

/// Everything that rules may look at, at one moment.
package struct SeriesSnapshot: Sendable, Equatable {
    /// By the name of a series, or `AlertRule.id` for rules that measure for themselves.
    package var series: [String: SeriesState]
    /// What every alert says besides: the release, what changed, what it costs.
    package var context: [String: String]

    package init(_ series: [String: SeriesState] = [:], context: [String: String] = [:]) {
        self.series = series
        self.context = context
    }

    package subscript(_ name: AlertSeries) -> SeriesState? {
        get { series[name.rawValue] }
        set { series[name.rawValue] = newValue }
    }
}
