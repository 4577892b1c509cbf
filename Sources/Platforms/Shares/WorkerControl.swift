import FoundationEssentials
import HTTPClient
import Rollouts
import Secrets

/// One worker's control path: which buckets it claims.
struct WorkerControl: Sendable {
    let http: any HTTPSending
    let path: String
    let token: Secret

    /// The range that the worker claims now; nil when nobody listens there, so that it claims nothing.
    func share(of target: TrafficSplit.Target) async throws(RouterError) -> Share? {
        let response: HTTPResponse
        do {
            response = try await http.send(request("GET", target))
        } catch .connectionRefused {
            return nil
        } catch {
            throw .unreachable(reason: "The worker \(target.id) does not say its share: \(error)")
        }
        do {
            guard response.status == 200 else { throw refusal("GET \(path)", response) }
            return try JSONDecoder().decode(Share.self, from: Data(response.body))
        } catch {
            throw refusal("GET \(path)", response)
        }
    }

    func set(_ share: Share, of target: TrafficSplit.Target) async throws(RouterError) {
        let body = #"{"from":\#(share.from),"to":\#(share.to)}"#
        let response: HTTPResponse
        do {
            response = try await http.send(request("PUT", target, body: Array(body.utf8)))
        } catch {
            throw .unreachable(reason: "The worker \(target.id) does not take its share: \(error)")
        }
        guard (200..<300).contains(response.status) else { throw refusal("PUT \(path) \(body)", response) }
    }

    /// The worker's counters; nil when it does not answer with any.
    func counters(of target: TrafficSplit.Target) async -> WorkerCounters? {
        do {
            let response = try await http.send(
                HTTPRequest("GET", "http://127.0.0.1:\(target.port)/metrics", timeout: .seconds(2)))
            return response.status == 200 ? WorkerCounters(openMetrics: response.text) : nil
        } catch {
            return nil
        }
    }

    private func request(_ method: String, _ target: TrafficSplit.Target, body: [UInt8]? = nil) -> HTTPRequest {
        HTTPRequest(
            method, "http://127.0.0.1:\(target.port)\(path)",
            headers: [("Authorization", "Bearer \(token.reveal())"), ("Content-Type", "application/json")],
            body: body.map { .bytes($0) } ?? .none, timeout: .seconds(3), connectTimeout: .seconds(2),
            freshConnection: true)
    }

    private func refusal(_ command: String, _ response: HTTPResponse) -> RouterError {
        .refused(command: command, answer: "\(response.status) \(response.text.prefix(200))")
    }
}
