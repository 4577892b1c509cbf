import Documents
import Storage
import Synchronization

/// How many requests a user may make in an hour, over all replicas.
///
/// The count lives in the database; each replica takes a slice of it at a time, so that a request rarely costs a
/// write, and all of them together never allow more than the limit.
final class RequestQuota: Sendable {
    static let window = RequestLimits.hour
    static let maximumUsers = 50_000

    private struct Slice {
        var window: Int64
        var left: Int
        var isExhausted: Bool
    }

    private let database: any Database
    private let limit: Int
    private let slices = Mutex<[String: Slice]>([:])

    init(database: any Database, limit: Int) {
        self.database = database
        self.limit = limit
    }

    /// - Throws: `APIError` 429 when the hour's requests are used up.
    func spend(_ user: String, now: Int64) async throws {
        let start = now - now % Self.window
        switch take(user, start) {
        case true?: return
        case false?: throw refusal(start, now)
        case nil:
            let (limit, slice) = (limit, max(1, limit / 20))
            let granted = try await database.write { connection in
                try RequestLimits.reserve(
                    "requests:\(user)", amount: slice, limit: limit, window: Self.window, now: now, on: connection)
            }
            add(user, start, granted)
            guard granted > 0 else { throw refusal(start, now) }
        }
    }

    /// - Returns: whether one was left; nil when the database has to be asked.
    private func take(_ user: String, _ start: Int64) -> Bool? {
        slices.withLock { slices in
            guard var slice = slices[user], slice.window == start else { return nil }
            if slice.left == 0 { return slice.isExhausted ? false : nil }
            slice.left -= 1
            slices[user] = slice
            return true
        }
    }

    private func add(_ user: String, _ start: Int64, _ granted: Int) {
        slices.withLock { slices in
            if slices.count >= Self.maximumUsers {
                slices = slices.filter { $0.value.window == start && $0.value.left > 0 }
            }
            let left = slices[user].flatMap { $0.window == start ? $0.left : nil } ?? 0
            slices[user] = Slice(window: start, left: left + max(0, granted - 1), isExhausted: granted == 0)
        }
    }

    private func refusal(_ start: Int64, _ now: Int64) -> APIError {
        .tooMany(
            "You may make \(limit) requests an hour.",
            retryAfter: Int((start + Self.window - now + 999_999) / 1_000_000))
    }
}
