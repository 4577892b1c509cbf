import Synchronization

/// Connections that are kept open between requests. The one that has been idle for the longest is used next, so that each
/// of them is idle for a while. Where all are busy, a request waits for one, and its wait is part of its time.
final class LoadPool: Sendable {
    private struct State {
        var idle: [LoadConnection] = []
        /// Connections that are open, or being opened.
        var open = 0
        var opened = 0
        var waiting: [CheckedContinuation<LoadConnection?, Never>] = []
    }

    private let host: String
    private let port: Int
    /// How many there may be; nil for a connection of its own for each request.
    private let size: Int?
    private let state = Mutex(State())

    init(host: String, port: Int, size: Int?) {
        self.host = host
        self.port = port
        self.size = size
    }

    /// Connections that were opened.
    var opened: Int { state.withLock { $0.opened } }

    func send(_ request: LoadRequest) async throws -> LoadAnswer {
        let connection: LoadConnection
        if let idle = await take() {
            connection = idle
        } else {
            do { connection = try await LoadConnection.open(host: host, port: port) } catch {
                leave()
                throw error
            }
        }
        do {
            let answer = try await connection.send(request)
            give(connection)
            return answer
        } catch {
            connection.close()
            leave()
            throw error
        }
    }

    func close() { for connection in state.withLock({ $0.idle }) { connection.close() } }

    /// - Returns: nil when one more may be opened, and is counted as open.
    private func take() async -> LoadConnection? {
        await withCheckedContinuation { continuation in
            let answer: LoadConnection?? = state.withLock { state in
                let before = state.idle.count
                state.idle.removeAll { !$0.isOpen }
                state.open -= before - state.idle.count
                // The pool is filled first.
                if state.open < size ?? .max {
                    state.open += 1
                    state.opened += 1
                    return .some(nil)
                }
                if !state.idle.isEmpty { return state.idle.removeFirst() }
                state.waiting.append(continuation)
                return nil
            }
            if let answer { continuation.resume(returning: answer) }
        }
    }

    private func give(_ connection: LoadConnection) {
        guard size != nil, connection.isOpen else {
            connection.close()
            return leave()
        }
        let next = state.withLock { state -> CheckedContinuation<LoadConnection?, Never>? in
            guard state.waiting.isEmpty else { return state.waiting.removeFirst() }
            state.idle.append(connection)
            return nil
        }
        next?.resume(returning: connection)
    }

    /// A connection is gone: whoever waits may open another.
    private func leave() {
        let next = state.withLock { state -> CheckedContinuation<LoadConnection?, Never>? in
            guard !state.waiting.isEmpty else {
                state.open -= 1
                return nil
            }
            state.opened += 1
            return state.waiting.removeFirst()
        }
        next?.resume(returning: nil)
    }
}
