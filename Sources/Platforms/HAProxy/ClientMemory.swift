/// Tells which request of a client counts: its first in each span, so that its retries are no requests of their own. It knows
/// clients by a digest that is keyed anew with each of HAProxy's workers, and nothing of it is ever stored.
package struct ClientMemory: Sendable {
    /// With fewer clients than this nothing can be said of clients: a load balancer, or a load test, is no retry storm.
    package static let fewest = 5
    /// How many clients are remembered at once; of others, nothing counts until some are forgotten.
    package static let limit = 65_536
    /// Nanoseconds in which a client counts once: those between two looks.
    package static let span: Int64 = 2_000_000_000

    private var counted: [UInt64: Int64] = [:]
    private var swept: Int64 = 0
    private var first: Set<UInt64> = []

    /// Whether so many clients were seen that they are worth telling apart. Once true, it stays so.
    package var tellsApart: Bool { first.count >= Self.fewest }

    package init() {}

    /// - Parameter now: nanoseconds on a clock that does not go back.
    package mutating func isFirst(_ client: UInt64, at now: Int64) -> Bool {
        if !tellsApart { first.insert(client) }
        if let before = counted[client], now - before < Self.span { return false }
        // Not for every client that finds no room: each sweep looks at all of them.
        if now - swept >= Self.span {
            counted = counted.filter { now - $0.value < Self.span }
            swept = now
        }
        guard counted.count < Self.limit else { return false }
        counted[client] = now
        return true
    }
}
