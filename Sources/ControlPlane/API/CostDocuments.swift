import Contract

/// What a time did cost, by one thing. Money is in decimal strings in dollars, nine places.
package struct CostReportDocument: Codable, Sendable, Equatable {
    package struct Line: Codable, Sendable, Equatable {
        /// A day as `2026-11-22`; otherwise a name, empty for what has none.
        package var name: String
        package var spent: String
        /// How much of it no hold covered.
        package var overage: String
        /// Units, such as tokens or pages.
        package var quantity: Int64
        package var calls: Int64
    }

    /// What is among the costs and was caused by no call here.
    package struct Booked: Codable, Sendable, Equatable {
        /// `imported` or `correction`.
        package var kind: String
        /// Who reported it, or why it was corrected.
        package var source: String
        package var cost: String
    }

    package struct Forecast: Codable, Sendable, Equatable {
        /// Such as `2026-11`.
        package var month: String
        package var spent: String
        package var expected: String
        /// Four of five such months end between these.
        package var low: String
        package var high: String
        package var days: Int
    }

    package var from: String
    package var until: String
    /// `day`, `provider`, `model`, `service`, `release`, `user` or `document`.
    package var by: String
    package var total: String
    /// What was held for calls of which nobody knows what they did cost.
    package var unknown: String
    package var currency: String
    package var lines: [Line]
    package var booked: [Booked]
    /// Nil with less than two whole days.
    @Null package var forecast: Forecast?
}

/// How a limit stands.
package struct LimitDocument: Codable, Sendable, Equatable {
    package var name: String
    package var scope: String
    package var period: String
    package var zone: String
    package var windowEnds: String
    @Null package var limit: String?
    package var spent: String
    package var held: String
    @Null package var requestLimit: Int64?
    package var requests: Int64
    package var action: String
    /// The highest warning that was passed, in percent.
    @Null package var warning: Int?
    package var reached: Bool
    /// How much of the scope's costs no hold covered, if it is frozen for that.
    @Null package var frozen: String?
    /// When that ends by itself.
    @Null package var frozenUntil: String?
    /// When a raise ends.
    @Null package var until: String?
    package var reason: String
}

/// That somebody set a budget, or a limit of requests, anew.
package struct LimitChangeDocument: Codable, Sendable, Equatable {
    package struct Terms: Codable, Sendable, Equatable {
        /// Dollars.
        @Null package var limit: String?
        @Null package var requestLimit: Int64?
        /// The rest in words: period, what happens at the limit, and warnings.
        package var terms: String

        package init(limit: String?, requestLimit: Int64?, terms: String) {
            _limit = Null(wrappedValue: limit)
            _requestLimit = Null(wrappedValue: requestLimit)
            self.terms = terms
        }
    }

    package var at: String
    package var name: String
    package var scope: String
    /// Null where nothing limited it before.
    @Null package var before: Terms?
    /// Null when it was ended.
    @Null package var after: Terms?
    /// When what was before returns; null for never.
    @Null package var until: String?
    /// Null where it was not put on record.
    @Null package var by: String?
    package var reason: String

    package init(
        at: String, name: String, scope: String, before: Terms?, after: Terms?, until: String?, by: String?,
        reason: String
    ) {
        (self.at, self.name, self.scope, self.reason) = (at, name, scope, reason)
        _before = Null(wrappedValue: before)
        _after = Null(wrappedValue: after)
        _until = Null(wrappedValue: until)
        _by = Null(wrappedValue: by)
    }
}

package struct RaiseBody: Codable, Sendable, Equatable {
    package var name: String
    /// Dollars; nil leaves it.
    package var limit: String?
    package var requests: Int64?
    /// RFC 3339.
    package var until: String
    package var reason: String

    package init(name: String, limit: String?, requests: Int64?, until: String, reason: String) {
        (self.name, self.limit, self.requests) = (name, limit, requests)
        (self.until, self.reason) = (until, reason)
    }
}

package struct LiftBody: Codable, Sendable, Equatable {
    /// A provider's name.
    package var scope: String
    package var reason: String

    package init(scope: String, reason: String) { (self.scope, self.reason) = (scope, reason) }
}

package struct PriceDocument: Codable, Sendable, Equatable {
    package var sku: String
    package var provider: String
    package var unit: String
    /// Dollars for `per` units.
    package var amount: String
    package var per: Int64
    package var from: String
    package var source: String

    package init(
        sku: String, provider: String, unit: String, amount: String, per: Int64, from: String, source: String
    ) {
        (self.sku, self.provider, self.unit, self.amount) = (sku, provider, unit, amount)
        (self.per, self.from, self.source) = (per, from, source)
    }
}

/// What changed from one release to another in what one thing costs.
package struct CostMoveDocument: Codable, Sendable, Equatable {
    /// What a release spent in the last days on which it called.
    package struct Side: Codable, Sendable, Equatable {
        package var spent: String
        package var calls: Int64
        /// For how many different jobs, or the like, the service called anybody.
        package var jobs: Int64
        /// What it spends on average; nil without any.
        @Null package var perJob: String?
        @Null package var perCall: String?
    }

    /// Empty for what has none.
    package var service: String
    package var sku: String
    package var before: Side
    package var after: Side
    /// How much more the later release's jobs did cost than they would have under the earlier one.
    package var change: String
}

/// What a time did cost, line by line.
package struct CostExportDocument: Codable, Sendable, Equatable {
    package var from: String
    package var until: String
    /// `focus`, `csv` or `json`.
    package var format: String
    /// The file, in UTF-8.
    package var text: String

    package init(from: String, until: String, format: String, text: String) {
        (self.from, self.until, self.format, self.text) = (from, until, format, text)
    }
}

/// What is wrong with an environment's books.
package struct CostCheckDocument: Codable, Sendable, Equatable {
    /// A sentence each; none when they are right.
    package var findings: [String]

    package init(findings: [String]) { self.findings = findings }
}

/// What others spent.
package struct CostImportBody: Codable, Sendable, Equatable {
    /// `focus`, `csv` or `json`.
    package var format: String
    /// Who reports it.
    package var source: String
    /// The column that names each charge, if it is another than an export's.
    package var ids: String?
    /// The file, in UTF-8.
    package var text: String

    package init(format: String, source: String, ids: String?, text: String) {
        (self.format, self.source, self.ids, self.text) = (format, source, ids, text)
    }
}

package struct CorrectionBody: Codable, Sendable, Equatable {
    /// Names it for ever: asking twice is asking once.
    package var id: String
    package var sku: String
    /// Dollars; may be negative.
    package var amount: String
    /// RFC 3339.
    package var at: String
    package var reason: String
    package var service: String?
    package var release: String?
    package var user: String?

    package init(id: String, sku: String, amount: String, at: String, reason: String) {
        (self.id, self.sku, self.amount, self.at, self.reason) = (id, sku, amount, at, reason)
    }
}

/// What was booked.
package struct BookedDocument: Codable, Sendable, Equatable {
    package var new: Int
    /// How many were booked before, and are not booked again.
    package var known: Int
    /// The sum of the new ones.
    package var cost: String
    package var currency: String

    package init(new: Int, known: Int, cost: String, currency: String) {
        (self.new, self.known, self.cost, self.currency) = (new, known, cost, currency)
    }
}

/// A provider's invoice, to be compared with the ledger.
package struct InvoiceBody: Codable, Sendable, Equatable {
    package var provider: String
    /// RFC 3339; exclusive at its end.
    package var from: String
    package var until: String
    /// CSV: in FOCUS, or with the columns `sku` and `cost`.
    package var text: String

    package init(provider: String, from: String, until: String, text: String) {
        (self.provider, self.from, self.until, self.text) = (provider, from, until, text)
    }
}

/// A provider's invoice beside the ledger.
package struct ReconciliationDocument: Codable, Sendable, Equatable {
    package struct Line: Codable, Sendable, Equatable {
        package var sku: String
        package var invoiced: String
        package var booked: String
        /// How much more the provider asks for.
        package var difference: String
    }

    package var provider: String
    package var from: String
    package var until: String
    package var invoiced: String
    package var booked: String
    package var difference: String
    /// What was held for calls of which nobody knows what they did cost: the first place to look at.
    package var unknown: String
    package var lines: [Line]

    package init(
        provider: String, from: String, until: String, invoiced: String, booked: String, difference: String,
        unknown: String, lines: [Line]
    ) {
        (self.provider, self.from, self.until) = (provider, from, until)
        (self.invoiced, self.booked, self.difference) = (invoiced, booked, difference)
        (self.unknown, self.lines) = (unknown, lines)
    }
}
