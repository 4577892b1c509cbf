import NIOCore
import NIOHTTP1
import NIOPosix

/// One request over a connection of its own. It is sent once, whatever happens.
struct LoadRequest: Sendable {
    static let timeout = TimeAmount.seconds(30)

    var method: HTTPMethod
    var path: String
    var token: String?
    var body: String?

    /// - Returns: the status. Throws when there is no whole answer.
    func send(host: String, port: Int) async throws -> Int {
        let answer = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connectTimeout(.seconds(5))
            .connect(host: host, port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHTTPClientHandlers()
                    let promise = channel.eventLoop.makePromise(of: Int.self)
                    try channel.pipeline.syncOperations.addHandler(LoadAnswerHandler(promise: promise))
                    return (channel, promise.futureResult)
                }
            }
        let (channel, status) = answer
        let deadline = channel.eventLoop.scheduleTask(in: Self.timeout) { channel.close(promise: nil) }
        defer { deadline.cancel() }
        write(to: channel, host: "\(host):\(port)")
        return try await status.get()
    }

    private func write(to channel: any Channel, host: String) {
        var headers = HTTPHeaders([("Host", host), ("Connection", "close")])
        if let token { headers.add(name: "Authorization", value: "Bearer \(token)") }
        if let body {
            headers.add(name: "Content-Type", value: "application/json")
            headers.add(name: "Content-Length", value: "\(body.utf8.count)")
        }
        channel.write(
            HTTPClientRequestPart.head(.init(version: .http1_1, method: method, uri: path, headers: headers)),
            promise: nil)
        if let body {
            channel.write(HTTPClientRequestPart.body(.byteBuffer(ByteBuffer(string: body))), promise: nil)
        }
        channel.writeAndFlush(HTTPClientRequestPart.end(nil), promise: nil)
    }
}

/// Waits for the end of one answer.
private final class LoadAnswerHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPClientResponsePart
    private let promise: EventLoopPromise<Int>
    private var status = 0

    init(promise: EventLoopPromise<Int>) { self.promise = promise }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head): status = Int(head.status.code)
        case .body: break
        case .end:
            promise.succeed(status)
            context.close(promise: nil)
        }
    }

    func channelInactive(context: ChannelHandlerContext) { promise.fail(ChannelError.eof) }

    /// Also when there never was a connection.
    func handlerRemoved(context: ChannelHandlerContext) { promise.fail(ChannelError.eof) }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        promise.fail(error)
        context.close(promise: nil)
    }
}
