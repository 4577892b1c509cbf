import NIOCore
import NIOHTTP1
import NIOPosix

/// A connection that stays open for one request after the other, as browsers and service clients keep them.
///
/// A request is sent once. When the other side closes before it has answered, that request has failed, also when the
/// connection had been idle: whoever drains a server has to say so beforehand.
final class LoadConnection: Sendable {
    static let timeout = TimeAmount.seconds(30)

    private let channel: any Channel

    private init(_ channel: any Channel) { self.channel = channel }

    static func open(host: String, port: Int) async throws -> LoadConnection {
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connectTimeout(.seconds(5))
            .channelOption(.socketOption(.tcp_nodelay), value: 1)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHTTPClientHandlers()
                    try channel.pipeline.syncOperations.addHandler(LoadExchangeHandler(host: "\(host):\(port)"))
                }
            }
            .connect(host: host, port: port).get()
        return LoadConnection(channel)
    }

    /// Whether the other side has not closed it, as far as is known here.
    var isOpen: Bool { channel.isActive }

    /// - Throws: `LoadFailure` when there is no whole answer.
    func send(_ request: LoadRequest) async throws -> LoadAnswer {
        let promise = channel.eventLoop.makePromise(of: LoadAnswer.self)
        let deadline = channel.eventLoop.scheduleTask(in: Self.timeout) {
            promise.fail(LoadFailure.timedOut)
            self.channel.close(promise: nil)
        }
        defer { deadline.cancel() }
        channel.writeAndFlush(LoadExchange(request: request, answer: promise))
            .whenFailure { _ in promise.fail(LoadFailure.closed) }
        return try await promise.futureResult.get()
    }

    func close() { channel.close(promise: nil) }
}

/// One whole answer.
struct LoadAnswer: Sendable {
    var status: Int
    var body: String
    /// The other side ends the connection with this answer.
    var closes: Bool
}

enum LoadFailure: Error, CustomStringConvertible {
    case closed
    case timedOut

    var description: String {
        switch self {
        case .closed: "closed without an answer"
        case .timedOut: "no answer in 30 s"
        }
    }
}

private struct LoadExchange: Sendable {
    var request: LoadRequest
    var answer: EventLoopPromise<LoadAnswer>
}

/// One exchange at a time.
private final class LoadExchangeHandler: ChannelDuplexHandler {
    typealias InboundIn = HTTPClientResponsePart
    typealias OutboundIn = LoadExchange
    typealias OutboundOut = HTTPClientRequestPart

    private let host: String
    private var waiting: EventLoopPromise<LoadAnswer>?
    private var answer = LoadAnswer(status: 0, body: "", closes: false)

    init(host: String) { self.host = host }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        let exchange = unwrapOutboundIn(data)
        waiting = exchange.answer
        answer = LoadAnswer(status: 0, body: "", closes: false)
        for part in exchange.request.parts(host: host) { context.write(wrapOutboundOut(part), promise: nil) }
        promise?.succeed()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            answer.status = Int(head.status.code)
            answer.closes = !head.isKeepAlive
        case .body(let part): answer.body += String(buffer: part)
        case .end:
            // First, for closing takes whoever waits for a failure.
            waiting?.succeed(answer)
            waiting = nil
            if answer.closes { context.close(promise: nil) }
        }
    }

    func channelInactive(context: ChannelHandlerContext) { fail(LoadFailure.closed) }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        fail(error)
        context.close(promise: nil)
    }

    private func fail(_ error: any Error) {
        waiting?.fail(error)
        waiting = nil
    }
}
