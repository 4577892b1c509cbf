import HTTPClient
import Rollouts

/// What an answer means for the step.
enum StepJudgement {
    case done(HTTPResponse)
    case again(SmokeFailure, StepAttempts.Wait, atLeast: Duration = .zero)
}

extension SuiteRun {
    /// - Throws: when the step has failed for good.
    mutating func judge(
        _ answer: Result<HTTPResponse, HTTPError>, _ step: SmokeStep, _ request: SmokeHTTP
    ) throws(SmokeFailure) -> StepJudgement {
        switch answer {
        case .failure(let error):
            let failure = SmokeFailure.noAnswer("\(error)")
            guard error.isBeforeSending else { throw failure }
            return .again(failure, .unavailable)
        case .success(let response):
            return try judge(response, step, request)
        }
    }

    private mutating func judge(
        _ response: HTTPResponse, _ step: SmokeStep, _ request: SmokeHTTP
    ) throws(SmokeFailure) -> StepJudgement {
        if step.poll != nil, response.status == 429, step.expect.status?.accepts(429) != true {
            // "Not now" to somebody who is waiting anyway is no refusal.
            let pause = response.header("retry-after").flatMap { Int($0) } ?? 1
            return .again(describe("asked too often", response), .notYet, atLeast: .seconds(pause))
        }
        let unmet = try step.expect.unmet(by: response, &values)
        if let unmet {
            let failure = describe(unmet, response)
            guard [502, 503, 504].contains(response.status), request.isRepeatable else { throw failure }
            return .again(failure, .unavailable)
        }
        guard let poll = step.poll else {
            // Without a word about the status, a refusal is not a success.
            if step.expect.status == nil, response.status >= 400 {
                let failure = describe("the status should be below 400", response)
                guard [502, 503, 504].contains(response.status), request.isRepeatable else { throw failure }
                return .again(failure, .unavailable)
            }
            return .done(response)
        }
        if let unless = poll.unless, try unless.unmet(by: response, &values) == nil {
            throw describe("it will not come any more", response)
        }
        guard let missing = try poll.until.unmet(by: response, &values) else { return .done(response) }
        let failure = describe("waiting until \(missing)", response)
        let isRefusal = (400..<500).contains(response.status) && poll.until.status == nil
        if isRefusal { throw failure }
        return .again(failure, response.status >= 500 ? .unavailable : .notYet)
    }

    private func describe(_ unmet: String, _ response: HTTPResponse) -> SmokeFailure {
        .unexpected("\(unmet); the answer was \(response.status) \(values.shown(response.body))")
    }
}

extension Expectation {
    /// - Returns: the first expectation that is not met, and what was seen; nil when all are.
    func unmet(by response: HTTPResponse, _ values: inout SmokeValues) throws(SmokeFailure) -> String? {
        if let status, !status.accepts(response.status) {
            return "the status should be \(status.text), was \(response.status)"
        }
        let total = response.timings.total
        if let time, !time.order.holds(total, time.limit.seconds) {
            return "the answer should take \(time.order.rawValue) \(time.limit), took \(Int(total * 1_000)) ms"
        }
        for (name, matcher) in headers {
            let found = response.header(name).map { [JSON.string($0)] } ?? []
            if let unmet = try matcher.unmet(by: found, &values) {
                return "header \(name) \(unmet), \(SmokeValues.isSensitive(name) ? "was not" : seen(found, values))"
            }
        }
        guard !json.isEmpty else { return nil }
        guard let body = JSON(parsing: response.body) else { return "the body should be JSON" }
        for (path, matcher) in json {
            let found = path.values(in: body)
            if let unmet = try matcher.unmet(by: found, &values) {
                return "\(path.text) \(unmet), \(seen(found, values))"
            }
        }
        return nil
    }

    private func seen(_ found: [JSON], _ values: SmokeValues) -> String {
        guard let first = found.first else { return "is not there" }
        let text = first.compact
        let more = found.count > 1 ? " and \(found.count - 1) more" : ""
        return "was \(text.count > 80 ? "\(text.prefix(80))…" : text)\(more)"
    }
}

extension HTTPError {
    /// Whether the request cannot have reached the service, so that it may be sent again whatever it does.
    fileprivate var isBeforeSending: Bool {
        switch self {
        case .hostNotFound, .connectionRefused: true
        case .timedOut(_, let phase, _): ["queue", "dns", "connect", "tls"].contains(phase)
        default: false
        }
    }
}
