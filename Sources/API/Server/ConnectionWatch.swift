import Documents
import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1

/// What one connection may cost, before there is a request that a route could look at.
package struct ConnectionLimits: Sendable {
    /// From a request's first byte to the end of its headers.
    package var head: Duration
    /// Without a request, or between two pieces of one.
    package var idle: Duration
    /// How long what was sent in vain is read and thrown away, so that the refusal arrives.
    package var linger: Duration
    /// One header field, in bytes.
    package var headerField: Int
    /// All header fields, in bytes.
    package var headers: Int
    package var headerCount: Int

    package init(
        head: Duration, idle: Duration, linger: Duration = .seconds(2), headerField: Int = 1 << 15,
        headers: Int = 1 << 16, headerCount: Int = 100
    ) {
        self.head = head
        self.idle = idle
        self.linger = linger
        self.headerField = headerField
        self.headers = headers
        self.headerCount = headerCount
    }

    package static let usual = ConnectionLimits(head: .seconds(10), idle: .seconds(75))
}

/// Hummingbird's HTTP/1 connections, watched.
struct WatchedHTTP1: ServerChildChannel {
    let base: HTTP1Channel
    let limits: ConnectionLimits

    init(limits: ConnectionLimits, responder: @escaping HTTPChannelHandler.Responder) {
        base = HTTP1Channel(
            responder: responder,
            configuration: .init(
                idleTimeout: TimeAmount(limits.idle),
                httpDecoderConfiguration: .init(
                    maxHeaderFieldSize: limits.headerField, maxHeaderListSize: limits.headers,
                    maxHeaderFieldCount: limits.headerCount)))
        self.limits = limits
    }

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<HTTP1Channel.Value> {
        base.setup(channel: channel, logger: logger).flatMapThrowing { value in
            let pipeline = channel.pipeline.syncOperations
            let decoder = try pipeline.handler(type: ByteToMessageHandler<HTTPRequestDecoder>.self)
            let watch = ConnectionWatch(limits: limits)
            try pipeline.addHandler(watch, position: .after(decoder))
            try pipeline.addHandler(ByteWatch(watch: watch), position: .first)
            return value
        }
    }

    func handle(value: HTTP1Channel.Value, logger: Logger) async {
        await withTaskExecutorPreference(LoopExecutor(value.channel.eventLoop)) {
            await base.handle(value: value, logger: logger)
        }
    }
}

/// Sees bytes before they are a request: a head that never ends is noticed here.
private final class ByteWatch: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    private let watch: ConnectionWatch

    init(watch: ConnectionWatch) { self.watch = watch }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard watch.wantsBytes() else { return }
        context.fireChannelRead(data)
    }
}

/// Stands between the decoder and Hummingbird: times the head of each request, says what is wrong with one that cannot
/// be read, and ends the connection after an answer that says `Connection: close`, though the body still comes.
private final class ConnectionWatch: ChannelDuplexHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    private let limits: ConnectionLimits
    private var context: ChannelHandlerContext?
    private var headTimer: Scheduled<Void>?
    private var isInRequest = false
    private var unanswered = 0
    private var closesAfterAnswer = false
    private var isClosing = false

    init(limits: ConnectionLimits) { self.limits = limits }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) {
        headTimer?.cancel()
        self.context = nil
    }

    /// Called with every piece that arrives.
    func wantsBytes() -> Bool {
        if isClosing { return false }
        guard !isInRequest, headTimer == nil, let context else { return true }
        headTimer = context.eventLoop.assumeIsolated().scheduleTask(in: TimeAmount(limits.head)) { self.headIsLate() }
        return true
    }

    private func headIsLate() {
        headTimer = nil
        guard let context, !isClosing else { return }
        guard unanswered == 0 else { return closesAfterAnswer = true }
        refuse(.requestTimeout, "too_slow", "The headers did not arrive in time.", context)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            headTimer?.cancel()
            headTimer = nil
            isInRequest = true
            unanswered += 1
            expect(head, context)
        case .body: break
        case .end: isInRequest = false
        }
        context.fireChannelRead(data)
    }

    /// A caller that asks first (RFC 9110, section 10.1.1) is told to go on; one that must not is told so by the route.
    private func expect(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
        guard head.headers.first(name: "expect")?.lowercased() == "100-continue", unanswered == 1 else { return }
        let length = head.headers.first(name: "content-length").flatMap { Int($0) } ?? 0
        guard length <= Endpoint.Content.largest else { return }
        context.writeAndFlush(
            wrapOutboundOut(.head(HTTPResponseHead(version: .http1_1, status: .continue))), promise: nil)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        switch unwrapOutboundIn(data) {
        case .head(var head):
            // Who hears the answer before all was sent may send no more of it, and its next request would be read as the
            // rest: HAProxy has been seen to do so.
            if isInRequest, unanswered == 1 { head.headers.replaceOrAdd(name: "Connection", value: "close") }
            if head.headers[canonicalForm: "connection"].contains(where: { $0.lowercased() == "close" }) {
                closesAfterAnswer = true
            }
            context.write(wrapOutboundOut(.head(head)), promise: promise)
        case .body: context.write(data, promise: promise)
        case .end:
            unanswered -= 1
            guard closesAfterAnswer, unanswered == 0 else { return context.write(data, promise: promise) }
            context.writeAndFlush(data, promise: promise)
            end(context)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard let error = error as? HTTPParserError, !isClosing else { return context.fireErrorCaught(error) }
        guard unanswered == 0 else { return end(context) }
        switch error {
        case .headerOverflow:
            refuse(.requestHeaderFieldsTooLarge, "headers_too_large", "The headers are too large.", context)
        default: refuse(.badRequest, "malformed", "This is no HTTP request: \(error).", context)
        }
    }

    private func refuse(
        _ status: HTTPResponseStatus, _ code: String, _ message: String, _ context: ChannelHandlerContext
    ) {
        let id = RandomBytes.uuid()
        let body = ByteBuffer(string: #"{"error":"\#(code)","message":"\#(message)","correlation_id":"\#(id)"}"#)
        let headers: HTTPHeaders = [
            "Content-Type": "application/json", "Content-Length": "\(body.readableBytes)", "Connection": "close",
            "X-Correlation-ID": id,
        ]
        let head = HTTPResponseHead(version: .http1_1, status: status, headers: headers)
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.write(wrapOutboundOut(.body(.byteBuffer(body))), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        end(context)
    }

    /// Says that nothing more comes, and throws away for a while what the other side still sends: closing at once would
    /// reset the connection, and the answer might be lost with it (RFC 9112, section 9.6).
    private func end(_ context: ChannelHandlerContext) {
        guard !isClosing else { return }
        isClosing = true
        headTimer?.cancel()
        context.close(mode: .output, promise: nil)
        headTimer = context.eventLoop.assumeIsolated().scheduleTask(in: TimeAmount(limits.linger)) {
            self.context?.close(promise: nil)
        }
    }
}
