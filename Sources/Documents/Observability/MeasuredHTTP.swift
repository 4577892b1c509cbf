import HTTPClient
import OpenMetrics

/// Calls to others, by the names of OpenTelemetry's HTTP conventions. Each call says which trace it belongs to.
package struct MeasuredHTTP: HTTPSending {
    private static let duration = MetricFamily.durations(
        "http_client_request_duration_seconds", "Calls to providers and receivers of events.",
        bounds: HistogramBounds.requests)

    private let base: any HTTPSending
    private let random: @Sendable (Int) -> [UInt8]
    private let meter = Meter([duration])

    package init(_ base: any HTTPSending, random: @escaping @Sendable (Int) -> [UInt8]) {
        self.base = base
        self.random = random
    }

    package func write(to text: inout OpenMetricsText) { meter.write(to: &text) }

    package func send(_ request: HTTPRequest) async throws(HTTPError) -> HTTPResponse {
        let start = ContinuousClock.now
        do throws(HTTPError) {
            let response = try await base.send(traced(request))
            record(request, start, status: response.status)
            return response
        } catch {
            record(request, start, error: error)
            throw error
        }
    }

    package func stream(_ request: HTTPRequest) async throws(HTTPError) -> HTTPStreamedResponse {
        let start = ContinuousClock.now
        do throws(HTTPError) {
            let response = try await base.stream(traced(request))
            record(request, start, status: response.status)
            return response
        } catch {
            record(request, start, error: error)
            throw error
        }
    }

    private func traced(_ request: HTTPRequest) -> HTTPRequest {
        guard let trace = TraceContext.current else { return request }
        var request = request
        request.headers += trace.child(random: random).headers
        return request
    }

    private func record(
        _ request: HTTPRequest, _ start: ContinuousClock.Instant, status: Int? = nil, error: HTTPError? = nil
    ) {
        let peer = Peer(request.url)
        var labels: [(String, String)] = [
            ("http_request_method", request.method), ("server_address", peer.host), ("server_port", peer.port),
        ]
        if let status { labels.append(("http_response_status_code", "\(status)")) }
        if let error {
            labels.append(("error_type", error.code))
        } else if let status, status >= 400 {
            labels.append(("error_type", "\(status)"))
        }
        meter.record(Self.duration, MetricLabels(labels), .now - start)
    }
}

/// Host and port of an address; nothing else of it is shown.
private struct Peer {
    let host: String
    let port: String

    init(_ url: String) {
        let isSecure = url.hasPrefix("https:")
        let rest = url.firstRange(of: "://").map { url[$0.upperBound...] } ?? url[...]
        let authority = rest.prefix { !"/?#".contains($0) }
        let place = authority.split(separator: "@", omittingEmptySubsequences: false).last ?? ""
        let colon = place.hasSuffix("]") ? nil : place.lastIndex(of: ":")
        host = String(colon.map { place[..<$0] } ?? place)
        port = colon.map { String(place[place.index(after: $0)...]) } ?? (isSecure ? "443" : "80")
    }
}

extension HTTPError {
    /// A short word for metrics.
    package var code: String {
        switch self {
        case .invalidRequest: "invalid_request"
        case .hostNotFound: "host_not_found"
        case .connectionRefused: "connection_refused"
        case .badCertificate: "bad_certificate"
        case .tlsFailed: "tls_failed"
        case .timedOut: "timeout"
        case .tooLarge: "too_large"
        case .malformedResponse: "malformed_response"
        case .connectionLost: "connection_lost"
        case .tooManyRedirects: "too_many_redirects"
        case .unreadableBody: "unreadable_body"
        case .cancelled: "cancelled"
        case .transport: "transport"
        }
    }
}
