import Foundation

/// Watches for announcements on a connection of its own, with one thread that runs only while somebody listens.
final class PostgresHints: Sendable {
    static let channel = "storage_hints"

    private let address: PostgresAddress
    private let listeners = HintListeners()
    private let pipe = WakePipe()

    init(address: PostgresAddress) {
        self.address = address
    }

    func subscribe(_ topic: String) -> AsyncStream<Void> {
        let pipe = pipe
        return listeners.subscribe(
            topic, watch: { [self] in Thread.detachNewThread { self.watch() } }, wake: { pipe.wake() })
    }

    func stop() {
        listeners.stop()
        pipe.wake()
    }

    private func watch() {
        var session: PostgresSession?
        while listeners.keepsWatching() {
            do {
                if let listening = session {
                    listeners.tell(try listening.notifications())
                } else {
                    let fresh = try PostgresSession(address)
                    try fresh.run("LISTEN \(Self.channel)")
                    session = fresh
                    listeners.wentLive()
                    continue
                }
            } catch {
                session = nil
                listeners.wentBlind()
            }
            // Without a connection it tries again in a second.
            pipe.wait(alongside: session?.socket, milliseconds: session == nil ? 1_000 : 30_000)
        }
    }
}

/// Ends another thread's wait for a socket.
final class WakePipe: Sendable {
    private let descriptors: (read: Int32, write: Int32)

    init() {
        var pair: [Int32] = [-1, -1]
        // Without descriptors to spare, waits merely last until their time limit.
        _ = pipe(&pair)
        for descriptor in pair where descriptor >= 0 {
            _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
            _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
        }
        descriptors = (pair[0], pair[1])
    }

    deinit {
        for descriptor in [descriptors.read, descriptors.write] where descriptor >= 0 { close(descriptor) }
    }

    func wake() {
        var byte: UInt8 = 1
        _ = Foundation.write(descriptors.write, &byte, 1)
    }

    /// Returns when `socket` can be read, `wake` was called, or the time is over.
    func wait(alongside socket: Int32?, milliseconds: Int32) {
        var watched = [
            pollfd(fd: descriptors.read, events: Int16(POLLIN), revents: 0),
            pollfd(fd: socket ?? -1, events: Int16(POLLIN), revents: 0),
        ]
        _ = poll(&watched, nfds_t(watched.count), milliseconds)
        var bytes = [UInt8](repeating: 0, count: 64)
        while read(descriptors.read, &bytes, bytes.count) > 0 {}
    }
}
