import AsyncAlgorithms
import Hummingbird
import NIOCore
import ServiceLifecycle

private enum Beat<Item: Sendable>: Sendable {
    case item(Item)
    case heartbeat
    case end
}

extension ResponseBody {
    /// Writes each item as it comes, and `heartbeat` every 15 s so that dead connections are noticed and proxies stay
    /// awake. Ends with the sequence, or when the engine shuts down.
    static func streaming<S: AsyncSequence & Sendable>(
        _ items: S, heartbeat: String, every interval: Duration = .seconds(15),
        _ encode: @Sendable @escaping (S.Element) throws -> [UInt8]
    ) -> ResponseBody where S.Element: Sendable {
        ResponseBody { writer in
            let data = chain(items.map { Beat.item($0) }, [Beat<S.Element>.end].async)
            let beats = AsyncTimerSequence(interval: interval, clock: ContinuousClock()).map { _ in
                Beat<S.Element>.heartbeat
            }
            for try await beat in merge(data, beats).cancelOnGracefulShutdown() {
                switch beat {
                case .item(let item): try await writer.write(ByteBuffer(bytes: try encode(item)))
                case .heartbeat: try await writer.write(ByteBuffer(string: heartbeat))
                case .end:
                    try await writer.finish(nil)
                    return
                }
            }
            try await writer.finish(nil)
        }
    }
}

extension Response {
    /// One JSON object a line; an empty line is a heartbeat.
    static func lines<S: AsyncSequence & Sendable>(
        _ items: S, _ encode: @Sendable @escaping (S.Element) throws -> [UInt8]
    ) -> Response where S.Element: Sendable {
        Response(
            status: .ok, headers: [.contentType: "application/x-ndjson", .cacheControl: "no-store"],
            body: .streaming(items, heartbeat: "\n") { try encode($0) + [UInt8(ascii: "\n")] })
    }
}
