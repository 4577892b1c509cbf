import Definitions
import Rollouts

/// A smoke suite, as its file says it.
package struct SmokeSuite: Sendable {
    package var name: String
    /// Every one of these services must be there for the suite to run.
    package var needs: [String]
    /// If not empty, the suite runs once for each of these that is there, and `${service}` names it.
    package var each: [String]
    package var stages: Set<SmokeRequest.Stage>
    /// For all steps but the cleaning up.
    var within: Duration
    /// The service that the steps address unless they name another; nil: the one of `each`.
    var service: String?
    var steps: [SmokeStep]

    /// Whether it only shows that something is not there, which no service has to promise.
    var provesAbsence: Bool { steps.allSatisfy { $0.expect.status?.isAbsence == true } }

    /// Which services the suite is to be run for; nil stands for "once, for all that it needs".
    ///
    /// - Returns: an empty list when it does not apply.
    package func runs(stage: SmokeRequest.Stage, services: [String]) -> [String?] {
        guard stages.contains(stage), needs.allSatisfy(services.contains) else { return [] }
        return each.isEmpty ? [nil] : each.filter(services.contains)
    }
}

/// One step: what is done, and what must come of it.
struct SmokeStep: Sendable {
    var name: String
    var place: Place
    var action: SmokeAction
    var expect: Expectation
    var poll: SmokePoll?
    var save: [(name: String, from: SmokeSource)]
    /// Done even after a step failed: cleaning up.
    var always: Bool
    /// For one request.
    var timeout: Duration
    var retry: SmokeRetry
}

enum SmokeAction: Sendable {
    case request(SmokeHTTP)
    /// Writes a PDF with this text, and saves `NAME.path`, `NAME.bytes` and `NAME.sha256`.
    case makePDF(text: Template, name: String)
}

struct SmokeHTTP: Sendable {
    enum Body: Sendable {
        case none
        case json(JSONTemplate)
        /// What an earlier `make` step wrote under this name.
        case file(made: String)
    }

    var method: String
    /// A path on the service, or a whole URL.
    var target: Template
    var service: String?
    var headers: [(name: String, value: Template)]
    var body: Body

    /// Whether sending it twice does no more than sending it once.
    var isRepeatable: Bool {
        ["GET", "HEAD", "PUT", "DELETE"].contains(method)
            || headers.contains { $0.name.lowercased() == "idempotency-key" }
    }
}

/// What an answer must be like. An empty one accepts any answer.
struct Expectation: Sendable {
    var status: StatusMatcher?
    var time: (order: Matcher.Order, limit: Duration)?
    var headers: [(name: String, matcher: Matcher)] = []
    var json: [(path: JSONPath, matcher: Matcher)] = []

    var isEmpty: Bool { status == nil && time == nil && headers.isEmpty && json.isEmpty }
    var references: [String] { headers.flatMap(\.matcher.references) + json.flatMap(\.matcher.references) }
}

/// Asking again until the answer is as wanted.
struct SmokePoll: Sendable {
    var until: Expectation
    var within: Duration
    /// Ends the waiting at once: it can only get worse.
    var unless: Expectation?
    var every: SmokeInterval
}

/// The wait between two attempts: it doubles from `first` to `last`.
struct SmokeInterval: Sendable, Equatable {
    var first: Duration
    var last: Duration

    func wait(after attempts: Int) -> Duration { min(first * (1 << min(max(attempts - 1, 0), 20)), last) }
}

/// For a service that cannot be reached, or says 502, 503 or 504; never for a refusal.
struct SmokeRetry: Sendable {
    var limit: Duration
    var every: SmokeInterval
}

enum SmokeSource: Sendable {
    case json(JSONPath)
    case header(String)
}
