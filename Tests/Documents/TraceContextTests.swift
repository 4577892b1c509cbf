import Documents
import HTTPClient
import OpenMetrics
import Storage
import Synchronization
import Testing

@Suite struct `A trace` {
    private static let parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    private let random: @Sendable (Int) -> [UInt8] = { [UInt8](repeating: 0xab, count: $0) }

    @Test func `goes on from what the caller sent, under a span of its own`() throws {
        let caller = try #require(TraceContext(parent: Self.parent, state: "rojo=00f067aa0ba902b7,congo=t61rcWkgMzE"))
        let child = caller.child(random: random)
        #expect(child.traceID == "0af7651916cd43dd8448eb211c80319c" && child.spanID == "abababababababab")
        #expect(child.parent == "00-0af7651916cd43dd8448eb211c80319c-abababababababab-01")
        #expect(child.state == "rojo=00f067aa0ba902b7,congo=t61rcWkgMzE")
        #expect(TraceContext(stored: child.stored) == child)
        #expect(TraceContext(parent: String(Self.parent.dropLast()) + "0", state: nil)?.isSampled == false)
    }

    /// The cases of W3C's own test suite for the header.
    @Test(arguments: [
        "", "00", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331", "\(parent)-extra", "\(parent).", " \(parent)",
        "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "00-00000000000000000000000000000000-b7ad6b7169203331-01",
        "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
        "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
        "00-0af7651916cd43dd8448eb211c80319-b7ad6b7169203331-01",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b716920333-01",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-1",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-zz", "\(parent), \(parent)",
    ])
    func `begins anew after a header that is not fit`(_ header: String) {
        #expect(TraceContext(parent: header, state: nil) == nil)
    }

    @Test func `takes a later version by what it knows of it`() throws {
        let later = try #require(TraceContext(parent: "cc" + Self.parent.dropFirst(2) + "-what-the-future", state: nil))
        #expect(later.parent == Self.parent)
    }

    @Test(arguments: ["", "  ", "no-member", String(repeating: "a=b,", count: 200), "a=\u{7}", "a=ü"])
    func `leaves out a state that is not fit to hand on`(_ state: String) throws {
        #expect(try #require(TraceContext(parent: Self.parent, state: state)).state == nil)
    }

    @Test func `that begins here is never all zero`() {
        let trace = TraceContext { [UInt8](repeating: 0, count: $0) }
        #expect(trace.parent == "00-00000000000000000000000000000001-0000000000000001-01")
    }

    @Test func `is told to whoever is called, as a span of the work that calls`() async throws {
        let seen = Seen()
        let http = MeasuredHTTP(seen, random: random)
        let trace = try #require(TraceContext(parent: Self.parent, state: "a=b"))
        try await TraceContext.$current.withValue(trace) {
            _ = try await http.send(HTTPRequest("GET", "https://ann:pw@api.example.com:8443/v1?key=canary"))
        }
        _ = try? await http.send(HTTPRequest("GET", "http://[::1]/down"))
        let headers = seen.requests.map { request in request.headers.map { "\($0.name): \($0.value)" } }
        #expect(headers[0] == ["traceparent: 00-\(trace.traceID)-abababababababab-01", "tracestate: a=b"])
        #expect(headers[1].isEmpty)
        var text = OpenMetricsText()
        http.write(to: &text)
        let told = text.finished
        #expect(
            told.contains(
                #"_count{http_request_method="GET",server_address="api.example.com",server_port="8443","#
                    + #"http_response_status_code="200"} 1"#))
        #expect(
            told.contains(
                #"_count{http_request_method="GET",server_address="[::1]",server_port="80",error_type="timeout"} 1"#))
        #expect(!told.contains("canary") && !told.contains("ann"))
    }
}

private final class Seen: HTTPSending {
    private let sent = Mutex<[HTTPRequest]>([])
    var requests: [HTTPRequest] { sent.withLock { $0 } }

    func send(_ request: HTTPRequest) async throws(HTTPError) -> HTTPResponse {
        sent.withLock { $0.append(request) }
        guard !request.url.hasSuffix("down") else {
            throw .timedOut(url: request.url, phase: "connect", after: .seconds(1))
        }
        return HTTPResponse(
            status: 200, headers: [], body: [],
            timings: HTTPTimings(dns: 0, connect: 0, tls: 0, firstByte: 0, total: 0))
    }

    func stream(_ request: HTTPRequest) async throws(HTTPError) -> HTTPStreamedResponse {
        throw .cancelled(url: request.url)
    }
}
