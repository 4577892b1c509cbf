import Synchronization

/// What goes wrong on demand, for both stand-ins or one of them.
package struct Faults: Codable, Sendable, Equatable {
    /// Added to every answer, in milliseconds.
    package var latency_ms: Int = 0
    /// The share of requests, 0…1, that are answered with 500.
    package var error_rate: Double = 0
    /// Requests a minute before 429 is answered; 0 for no limit.
    package var rate_limit: Int = 0
    /// What `Retry-After` says to who is refused, in seconds; else until the minute is over.
    package var retry_after_seconds: Int?
    /// It says so as a date.
    package var retry_after_date: Bool = false
    /// Everything is answered with 503.
    package var outage: Bool = false
    /// What is wrong with OpenAI's vectors, if anything.
    package var vectors: VectorFault?
    /// How long LlamaParse is at a document, in milliseconds.
    package var parse_ms: Int = 0
    /// LlamaParse reads no document and says the same of each: what is measured beside it is not `pdftotext`'s time.
    package var parse_canned: Bool = false
    /// How long LlamaParse's webhook comes after its result, in milliseconds.
    package var webhook_delay_ms: Int = 0
    /// How often it comes again.
    package var webhook_repeats: Int = 0
    /// It is signed with a key that is not the job's.
    package var webhook_forged: Bool = false
    /// It never comes.
    package var webhook_lost: Bool = false

    package enum VectorFault: String, Codable, Sendable, CaseIterable {
        case wrongDimension = "wrong_dimension", zero, wrongCount = "wrong_count"
    }

    package init() {}

    package init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        latency_ms = try values.decodeIfPresent(Int.self, forKey: .latency_ms) ?? 0
        error_rate = try values.decodeIfPresent(Double.self, forKey: .error_rate) ?? 0
        rate_limit = try values.decodeIfPresent(Int.self, forKey: .rate_limit) ?? 0
        retry_after_seconds = try values.decodeIfPresent(Int.self, forKey: .retry_after_seconds)
        retry_after_date = try values.decodeIfPresent(Bool.self, forKey: .retry_after_date) ?? false
        parse_ms = try values.decodeIfPresent(Int.self, forKey: .parse_ms) ?? 0
        parse_canned = try values.decodeIfPresent(Bool.self, forKey: .parse_canned) ?? false
        outage = try values.decodeIfPresent(Bool.self, forKey: .outage) ?? false
        vectors = try values.decodeIfPresent(VectorFault.self, forKey: .vectors)
        webhook_delay_ms = try values.decodeIfPresent(Int.self, forKey: .webhook_delay_ms) ?? 0
        webhook_repeats = try values.decodeIfPresent(Int.self, forKey: .webhook_repeats) ?? 0
        webhook_forged = try values.decodeIfPresent(Bool.self, forKey: .webhook_forged) ?? false
        webhook_lost = try values.decodeIfPresent(Bool.self, forKey: .webhook_lost) ?? false
    }
}

package enum Provider: String, Codable, Sendable, CaseIterable {
    case llamaparse, openai, supabase
}

/// The faults in force, and the counts that decide whom they hit.
final class FaultBoard: Sendable {
    enum Fate: Equatable {
        case serve(afterMilliseconds: Int)
        case fail
        case outage
        case slowDown(retryAfterSeconds: Int)
    }

    private struct State {
        var faults = Faults()
        var requests = 0
        var minute = 0
        var inMinute = 0
    }

    private let states = Mutex<[Provider: State]>([:])

    /// - Parameter provider: nil for both.
    func set(_ faults: Faults, for provider: Provider?) {
        states.withLock { states in
            for each in provider.map({ [$0] }) ?? Provider.allCases { states[each, default: State()].faults = faults }
        }
    }

    func faults(of provider: Provider) -> Faults { states.withLock { $0[provider]?.faults ?? Faults() } }

    var all: [String: Faults] {
        states.withLock { states in
            Dictionary(
                uniqueKeysWithValues: Provider.allCases.map { ($0.rawValue, states[$0]?.faults ?? Faults()) })
        }
    }

    /// Decides about the next request. Errors are spread evenly, so that a rate is exact over any stretch.
    /// - Parameter second: on any clock that only goes forward.
    func fate(of provider: Provider, second: Int) -> Fate {
        states.withLock { states in
            var state = states[provider] ?? State()
            defer { states[provider] = state }
            state.requests += 1
            if state.minute != second / 60 { (state.minute, state.inMinute) = (second / 60, 0) }
            state.inMinute += 1
            let (faults, count) = (state.faults, Double(state.requests))
            if faults.outage { return .outage }
            if faults.rate_limit > 0, state.inMinute > faults.rate_limit {
                return .slowDown(retryAfterSeconds: faults.retry_after_seconds ?? 60 - second % 60)
            }
            if (count * faults.error_rate).rounded(.down) > ((count - 1) * faults.error_rate).rounded(.down) {
                return .fail
            }
            return .serve(afterMilliseconds: faults.latency_ms)
        }
    }
}
