import NIOCore
import NIOHTTP1

/// One request, and what its answer has to be. It is sent once, whatever happens.
struct LoadRequest: Sendable {
    var method: HTTPMethod
    var path: String
    var token: String?
    var body: String?
    /// What stands in the body of the answer that is asked for.
    var expected: String
    /// Whether the connection stays open afterwards.
    var keepsAlive: Bool

    func parts(host: String) -> [HTTPClientRequestPart] {
        var headers = HTTPHeaders([("Host", host)])
        if !keepsAlive { headers.add(name: "Connection", value: "close") }
        if let token { headers.add(name: "Authorization", value: "Bearer \(token)") }
        if let body {
            headers.add(name: "Content-Type", value: "application/json")
            headers.add(name: "Content-Length", value: "\(body.utf8.count)")
        }
        let head = HTTPRequestHead(version: .http1_1, method: method, uri: path, headers: headers)
        let content = body.map { HTTPClientRequestPart.body(.byteBuffer(ByteBuffer(string: $0))) }
        return [.head(head)] + (content.map { [$0] } ?? []) + [.end(nil)]
    }
}
