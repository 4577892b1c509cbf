import ControlPlane

enum CostText {
    static func report(_ report: CostReportDocument) -> String {
        var table = Table(report.by.uppercased(), "SPENT", "CALLS", "UNITS")
        for line in report.lines {
            table.add(line.name.isEmpty ? "–" : line.name, line.spent, "\(line.calls)", "\(line.quantity)")
        }
        var lines = ["From \(report.from) until \(report.until): \(report.total) \(report.currency)."]
        if report.unknown != "0.000000000" {
            lines.append("Unknown: \(report.unknown) were held for calls of which nobody knows what they did cost.")
        }
        lines += report.booked.map { booked in
            booked.kind == "imported"
                ? "Of it, \(booked.cost) were imported from \(booked.source)."
                : "Of it, \(booked.cost) correct what was booked: \(booked.source)."
        }
        if !report.lines.isEmpty { lines.append(table.text) }
        if report.by != "day", report.lines.count == most {
            lines.append("Only the \(most) dearest are listed; the sum above is of all.")
        }
        return (lines + [forecast(report)]).joined(separator: "\n")
    }

    /// How many lines a report has at most, unless it is by day.
    private static let most = 100

    static func forecast(_ report: CostReportDocument) -> String {
        guard let forecast = report.forecast else {
            return "What the month will cost cannot be said before two whole days (UTC) are on record."
        }
        return "\(forecast.month) will cost \(forecast.expected), four times of five between \(forecast.low) and "
            + "\(forecast.high), as \(forecast.days) days did."
    }

    static func limits(_ limits: [LimitDocument]) -> String {
        guard !limits.isEmpty else { return "Nothing is limited." }
        var table = Table("NAME", "SCOPE", "PER", "SPENT", "HELD", "LIMIT", "REQUESTS", "AT LIMIT", "STATE", "UNTIL")
        for limit in limits {
            let state =
                limit.frozen != nil
                ? "frozen" + (limit.frozenUntil.map { " until \(minute($0))" } ?? "")
                : limit.reached ? "reached" : limit.warning.map { "over \($0) %" } ?? "open"
            table.add(
                limit.name, limit.scope, limit.zone == "UTC" ? limit.period : "\(limit.period) (\(limit.zone))",
                limit.spent, limit.held, limit.limit ?? "–",
                limit.requestLimit.map { "\(limit.requests) of \($0)" } ?? "\(limit.requests)", limit.action, state,
                limit.until ?? "–")
        }
        return table.text
    }

    static func changes(_ changes: [LimitChangeDocument]) -> String {
        guard !changes.isEmpty else { return "No limit was changed." }
        var table = Table("WHEN", "NAME", "FROM", "TO", "UNTIL", "BY", "WHY")
        for change in changes {
            let (before, after) = (change.before, change.after)
            let isOther = before != nil && after != nil && before?.terms != after?.terms
            table.add(
                change.at, change.name, terms(before, isOther), terms(after, isOther), change.until ?? "–",
                change.by ?? "–", change.reason)
        }
        return table.text
    }

    private static func terms(_ terms: LimitChangeDocument.Terms?, _ wholly: Bool) -> String {
        guard let terms else { return "none" }
        let figures = [terms.limit.map { "\($0) USD" }, terms.requestLimit.map { "\($0) requests" }].compactMap(\.self)
        return (figures + (wholly ? [terms.terms] : [])).joined(separator: ", ")
    }

    static func prices(_ prices: [PriceDocument]) -> String {
        var table = Table("NAME", "PROVIDER", "PRICE", "PER", "FROM", "SOURCE")
        for price in prices {
            table.add(
                price.sku, price.provider, price.amount, "\(price.per) \(price.unit)\(price.per == 1 ? "" : "s")",
                price.from, price.source)
        }
        return table.text
    }

    static func moves(_ moves: [CostMoveDocument]) -> String {
        guard !moves.isEmpty else { return "Neither release has spent anything." }
        var table = Table("SERVICE", "NAME", "A JOB BEFORE", "A JOB NOW", "JOBS NOW", "DIFFERENCE")
        for move in moves {
            table.add(
                move.service, move.sku, move.before.perJob ?? "–", move.after.perJob ?? "–", "\(move.after.jobs)",
                move.change)
        }
        return table.text
    }
}

extension CostText {
    static func booked(_ booked: BookedDocument) -> String {
        let known = booked.known > 0 ? " \(booked.known) were booked before." : ""
        return "\(booked.new) booked, \(booked.cost) \(booked.currency).\(known)"
    }

    static func reconciliation(_ found: ReconciliationDocument) -> String {
        var table = Table("NAME", "INVOICED", "BOOKED", "DIFFERENCE")
        for line in found.lines { table.add(line.sku, line.invoiced, line.booked, line.difference) }
        var lines = [
            "\(found.provider), from \(found.from) until \(found.until): \(found.invoiced) USD are invoiced, \(found.booked) "
                + "booked; the difference is \(found.difference)."
        ]
        if found.unknown != "0.000000000" {
            lines.append("Of calls of which nobody knows what they did cost, \(found.unknown) were held.")
        }
        if !found.lines.isEmpty { lines.append(table.text) }
        return lines.joined(separator: "\n")
    }
}
