import Ledger
import Operations
import Rollouts
import Storage

/// Costs that no call here has caused.
extension LiveControl {
    package func importCosts(
        _ environment: String, _ body: CostImportBody, by caller: Caller
    ) async throws -> BookedDocument {
        guard let file = CostFile(rawValue: body.format) else {
            let known = CostFile.allCases.map(\.rawValue).joined(separator: ", ")
            throw Refusal("bad_format", "Costs are imported as \(known), not as \(body.format).", exit: .usage)
        }
        guard !body.source.isEmpty, !body.source.contains("/") else {
            throw Refusal("bad_source", "Say who reports it: --source NAME, without a slash.", exit: .usage)
        }
        let costs: [ReadCost]
        do {
            costs = try file.costs(body.text, ids: body.ids, source: body.source, environment: environment)
        } catch { throw Refusal("bad_costs", "Nothing was imported. \(error)", exit: .usage) }
        do {
            return try await book(costs.map(\.booking), environment, by: caller)
        } catch let problem as BookingProblem {
            let place = CostFileProblem(line: costs[problem.place].line, reason: problem.description)
            throw Refusal("bad_costs", "Nothing was imported. \(place)", exit: .usage)
        }
    }

    package func correct(
        _ environment: String, _ body: CorrectionBody, by caller: Caller
    ) async throws -> BookedDocument {
        guard body.reason.contains(where: { !$0.isWhitespace }) else {
            throw Refusal("reason_missing", "Say why: --reason TEXT", exit: .usage)
        }
        guard let amount = Nanodollars(dollars: body.amount), amount != .zero else {
            throw Refusal("bad_amount", "\(body.amount) corrects nothing; write it like -12.50.", exit: .usage)
        }
        let time = try moment(body.at)
        guard time <= now else { throw Refusal("bad_time", "\(body.at) is still to come.", exit: .usage) }
        let price = try await ledger(of: environment) { try Ledger.lastPrice(of: body.sku, on: $0) }
        guard let price else {
            throw Refusal(
                "unknown_sku", "Nothing was ever booked for \(body.sku). See: tidegate cost prices list \(environment)",
                exit: .usage)
        }
        let correction = Booking(
            kind: .correction, id: body.id, source: body.reason, sku: price.sku, provider: price.provider,
            unit: price.unit, priceID: price.id, startsAt: time.microseconds, cost: amount,
            context: HoldContext(service: body.service, release: body.release, user: body.user))
        do {
            return try await book([correction], environment, by: caller)
        } catch let problem as BookingProblem {
            throw Refusal("bad_correction", problem.description, exit: .usage)
        }
    }

    private func book(_ bookings: [Booking], _ environment: String, by caller: Caller) async throws -> BookedDocument {
        let now = now.microseconds
        let booked = try await ledger(of: environment).write {
            try Ledger.book(bookings, by: caller.name, on: $0, at: now)
        }
        return BookedDocument(new: booked.new, known: booked.known, cost: "\(booked.cost)", currency: "USD")
    }
}
