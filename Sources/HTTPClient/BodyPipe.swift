import Synchronization

/// Carries a streamed body from the transfer's thread to its one reader, and holds the transfer back when the reader
/// is slow: at most `room` bytes, and what one call of libcurl adds, are kept.
final class BodyPipe: Sendable {
    private struct State {
        var arrived: [UInt8] = []
        var heldBack = false
        /// Set once: how the body ended.
        var end: Result<Void, HTTPError>?
        var reader: CheckedContinuation<Result<[UInt8]?, HTTPError>, Never>?
    }

    private static let room = 1 << 20
    private let state = Mutex(State())
    private let resume: @Sendable () -> Void

    /// - Parameter resume: called when a transfer that was held back may go on.
    init(resume: @escaping @Sendable () -> Void) { self.resume = resume }

    /// - Returns: false when there is no room; libcurl then offers the same bytes again after `resume`.
    func offer(_ bytes: [UInt8]) -> Bool {
        let (accepted, reader) = state.withLock {
            state -> (Bool, CheckedContinuation<Result<[UInt8]?, HTTPError>, Never>?) in
            if let reader = state.reader.take() { return (true, reader) }
            if state.arrived.count >= BodyPipe.room {
                state.heldBack = true
                return (false, nil)
            }
            state.arrived += bytes
            return (true, nil)
        }
        reader?.resume(returning: .success(bytes))
        return accepted
    }

    func finish(_ end: Result<Void, HTTPError>) {
        let reader = state.withLock { state in
            if state.end == nil { state.end = end }
            return state.reader.take()
        }
        reader?.resume(returning: end.map { nil })
    }

    /// The next bytes; all that have arrived, in one piece. Nil after the last.
    func next() async -> Result<[UInt8]?, HTTPError> {
        await withCheckedContinuation { continuation in
            let (ready, goOn) = state.withLock { state -> (Result<[UInt8]?, HTTPError>?, Bool) in
                if !state.arrived.isEmpty {
                    defer {
                        state.arrived = []
                        state.heldBack = false
                    }
                    return (.success(state.arrived), state.heldBack)
                }
                if let end = state.end { return (end.map { nil }, false) }
                state.reader = continuation
                return (nil, false)
            }
            if let ready { continuation.resume(returning: ready) }
            if goOn { resume() }
        }
    }
}

/// The reader's end of a streamed body. Letting go of it ends the transfer.
final class BodyReader: Sendable {
    /// Keeps the thread alive for as long as somebody reads.
    private let client: HTTPClient
    private let pipe: BodyPipe
    private let cancel: @Sendable () -> Void

    init(client: HTTPClient, pipe: BodyPipe, cancel: @escaping @Sendable () -> Void) {
        self.client = client
        self.pipe = pipe
        self.cancel = cancel
    }

    deinit { cancel() }

    func next() async throws -> [UInt8]? {
        try await withTaskCancellationHandler {
            try await pipe.next().get()
        } onCancel: {
            cancel()
        }
    }
}
