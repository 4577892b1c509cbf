import Contract
import FoundationEssentials
import HTTPClient
import Secrets

/// Asks a Prometheus over its HTTP API, version 1 (https://prometheus.io/docs/prometheus/latest/querying/api/).
struct PrometheusClient: Sendable {
    enum Failure: Error, Equatable, CustomStringConvertible {
        case unreachable(url: String, reason: String)
        /// It does not understand the query, or the query gives no number.
        case query(reason: String)

        var description: String {
            switch self {
            case .unreachable(let url, let reason): "the Prometheus at \(url) does not answer: \(reason)"
            case .query(let reason): "Prometheus refuses the query: \(reason)"
            }
        }
    }

    let http: any HTTPSending
    let url: String
    /// What it asks for; nil for nothing.
    var access: Access?
    var timeout = Duration.seconds(2)

    /// A bearer token (RFC 6750), or a name and password (RFC 7617).
    struct Access: Sendable {
        var user: String?
        var secret: Secret

        fileprivate var header: String {
            guard let user else { return "Bearer \(secret.reveal())" }
            return "Basic \(Data("\(user):\(secret.reveal())".utf8).base64EncodedString())"
        }
    }

    /// One series, with what it is now.
    struct Series: Equatable {
        var labels: Labels
        var number: Double
    }

    /// All series that the query gives now; those that are no number are not among them.
    /// - Returns: nil when there is no series at all.
    func series(_ query: String) async throws(Failure) -> [Series]? {
        let answer: Answer<Answered> = try await get("query?query=\(query.percentEncoded())")
        guard let data = answer.data else { throw unreadable("its answer has no data") }
        switch data {
        case .series(let all): return all.isEmpty ? nil : all.filter(\.number.isFinite)
        case .other(let type): throw .query(reason: "it gives a \(type), not a number for each series")
        }
    }

    /// The names of all metrics that it has.
    func names() async throws(Failure) -> [String] {
        let answer: Answer<[String]> = try await get("label/__name__/values")
        return answer.data ?? []
    }

    private func get<T: Decodable>(_ path: String) async throws(Failure) -> Answer<T> {
        let base = url.hasSuffix("/") ? String(url.dropLast()) : url
        let response: HTTPResponse
        do {
            response = try await http.send(
                HTTPRequest(
                    "GET", "\(base)/api/v1/\(path)", headers: access.map { [("Authorization", $0.header)] } ?? [],
                    timeout: timeout, connectTimeout: timeout))
        } catch { throw .unreachable(url: url, reason: "\(error)") }
        guard ![401, 403].contains(response.status) else {
            throw unreadable(
                access == nil
                    ? "it asks for a token or a password: name one under `prometheus`"
                    : "it does not accept the \(access?.user == nil ? "token" : "user's name and password")")
        }
        let answer: Answer<T>
        do { answer = try JSONDecoder().decode(Answer<T>.self, from: Data(response.body)) } catch {
            throw unreadable("it answered \(response.status), and no JSON of its API")
        }
        guard answer.status == "success" else {
            let reason = answer.error ?? "status \(response.status)"
            // 400 and 422 are about the query; what else fails, such as a time limit, is about the server.
            if answer.errorType == "bad_data" || response.status == 422 { throw .query(reason: reason) }
            throw unreadable(reason)
        }
        return answer
    }

    private func unreadable(_ reason: String) -> Failure { .unreachable(url: url, reason: reason) }

    private struct Answer<T: Decodable>: Decodable {
        var status: String
        var error: String?
        var errorType: String?
        var data: T?
    }

    private enum Answered: Decodable {
        case series([Series])
        case other(type: String)

        private enum CodingKeys: String, CodingKey { case resultType, result }

        init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: CodingKeys.self)
            switch try container.decode(String.self, forKey: .resultType) {
            case "vector":
                self = .series(
                    try container.decode([Written].self, forKey: .result).map {
                        Series(labels: $0.metric, number: $0.value.number)
                    })
            case "scalar":
                self = .series([Series(labels: [:], number: try container.decode(Pair.self, forKey: .result).number)])
            case let type: self = .other(type: type)
            }
        }
    }

    private struct Written: Decodable {
        var metric: Labels
        var value: Pair
    }

    /// `[1700000000.123, "0.5"]`
    private struct Pair: Decodable {
        var number: Double

        init(from decoder: any Decoder) throws {
            var container = try decoder.unkeyedContainer()
            _ = try container.decode(Double.self)
            let text = try container.decode(String.self)
            guard let number = Double(text) else {
                throw DecodingError.dataCorruptedError(in: container, debugDescription: "\(text) is no number")
            }
            self.number = number
        }
    }
}
