import CCurl
import Synchronization

/// The thread that drives libcurl. Others only put commands into its inbox and wake it.
// Everything except `inbox` is used by the loop's own thread alone; `multi` is only woken from others, which libcurl
// allows from any thread, and is freed under the inbox's lock.
final class TransferLoop: @unchecked Sendable {
    private enum Command {
        case start(Transfer)
        case cancel(Ticket)
        case resume(Ticket)
    }

    private struct Inbox: ~Copyable {
        var commands: [Command] = []
        var closed = false
        /// False once the thread has ended and `multi` is gone.
        var running = true
    }

    private let inbox = Mutex(Inbox())
    private let multi: UnsafeMutableRawPointer?
    private let limit: Int
    private var waiting: [Transfer] = []
    private var active: [Ticket: Transfer] = [:]
    /// The earliest time limit of all transfers; they are looked through only when it has come.
    private var nextDeadline: ContinuousClock.Instant?
    private let clock = ContinuousClock()

    init(maximumConnections: Int, name: String) {
        limit = maximumConnections
        multi = CurlLibrary.isReady ? curl_multi_init() : nil
        guard let multi else {
            inbox.withLock { $0.running = false }
            return
        }
        _ = tide_multi_set_long(multi, CURLMOPT_MAXCONNECTS, maximumConnections)
        let context = Unmanaged.passRetained(self)
        let failed = tide_start_thread(
            name, { Unmanaged<TransferLoop>.fromOpaque($0!).takeRetainedValue().run() }, context.toOpaque())
        guard failed != 0 else { return }
        context.release()
        inbox.withLock { $0.running = false }
        curl_multi_cleanup(multi)
    }

    func start(_ transfer: Transfer) {
        // A thread that has ended, or never began for want of memory, carries nothing out any more.
        if !post(.start(transfer)) { transfer.fail(.cancelled(url: transfer.url)) }
    }

    func cancel(_ ticket: Ticket) {
        ticket.cancel()
        _ = post(.cancel(ticket))
    }

    func resume(_ ticket: Ticket) { _ = post(.resume(ticket)) }

    func close() {
        inbox.withLock { inbox in
            inbox.closed = true
            if inbox.running { curl_multi_wakeup(multi) }
        }
    }

    private func post(_ command: Command) -> Bool {
        inbox.withLock { inbox in
            guard inbox.running, !inbox.closed else { return false }
            inbox.commands.append(command)
            curl_multi_wakeup(multi)
            return true
        }
    }
}

// MARK: - On the loop's thread

extension TransferLoop {
    private func run() {
        while takeCommands() {
            expire(at: clock.now)
            begin()
            var running: Int32 = 0
            curl_multi_perform(multi, &running)
            // What has ended makes room: begin the next ones before waiting.
            if collectEnded(), !waiting.isEmpty { continue }
            curl_multi_poll(multi, nil, 0, patience(), nil)
        }
        end()
    }

    /// - Returns: false when the client was closed.
    private func takeCommands() -> Bool {
        let (commands, closed) = inbox.withLock { inbox in
            defer { inbox.commands = [] }
            return (inbox.commands, inbox.closed)
        }
        for command in commands {
            switch command {
            case .start(let transfer) where transfer.ticket.isCancelled:
                // The cancellation overtook its start.
                transfer.fail(.cancelled(url: transfer.url))
            case .start(let transfer):
                waiting.append(transfer)
                nextDeadline = min(nextDeadline ?? transfer.deadline, transfer.deadline)
            case .cancel(let ticket):
                if let transfer = active[ticket] {
                    finish(transfer, .cancelled(url: transfer.url))
                } else if let index = waiting.firstIndex(where: { $0.ticket == ticket }) {
                    let transfer = waiting.remove(at: index)
                    transfer.fail(.cancelled(url: transfer.url))
                }
            case .resume(let ticket):
                active[ticket]?.resume()
            }
        }
        return !closed
    }

    private func begin() {
        let room = limit - active.count
        guard room > 0, !waiting.isEmpty else { return }
        let next = waiting.prefix(room)
        waiting.removeFirst(next.count)
        for transfer in next {
            if let failure = transfer.prepare() {
                transfer.fail(failure)
                continue
            }
            active[transfer.ticket] = transfer
            curl_multi_add_handle(multi, transfer.easy)
        }
    }

    /// - Returns: whether any transfer ended.
    private func collectEnded() -> Bool {
        var ended: [(Ticket, CURLcode)] = []
        var left: Int32 = 0
        while let message = curl_multi_info_read(multi, &left) {
            guard message.pointee.msg == CURLMSG_DONE else { continue }
            let easy = message.pointee.easy_handle
            let code = message.pointee.data.result
            if let transfer = active.values.first(where: { $0.easy == easy }) { ended.append((transfer.ticket, code)) }
        }
        for (ticket, code) in ended {
            guard let transfer = active.removeValue(forKey: ticket) else { continue }
            transfer.complete(code)
            curl_multi_remove_handle(multi, transfer.easy)
            transfer.release()
        }
        return !ended.isEmpty
    }

    private func expire(at now: ContinuousClock.Instant) {
        guard let due = nextDeadline, due <= now else { return }
        for transfer in active.values where transfer.isOverdue(at: now) {
            finish(transfer, .timedOut(url: transfer.url, phase: transfer.phase, after: transfer.request.timeout))
        }
        let late = waiting.filter { $0.isOverdue(at: now) }
        waiting.removeAll { $0.isOverdue(at: now) }
        for transfer in late {
            transfer.fail(.timedOut(url: transfer.url, phase: "queue", after: transfer.request.timeout))
        }
        let unlimited = active.values.lazy.filter { !$0.hasOutlivedItsLimit }.map(\.deadline)
        nextDeadline = [unlimited.min(), waiting.lazy.map(\.deadline).min()].compactMap { $0 }.min()
    }

    /// Milliseconds until the next time limit; libcurl shortens it by its own timers and by what arrives.
    private func patience() -> Int32 {
        guard let due = nextDeadline else { return 60_000 }
        let left = due - clock.now
        guard left > .zero else { return 0 }
        return Int32(
            clamping: left.components.seconds.multipliedReportingOverflow(by: 1_000).partialValue
                + left.components.attoseconds / 1_000_000_000_000_000 + 1)
    }

    private func finish(_ transfer: Transfer, _ failure: HTTPError) {
        active[transfer.ticket] = nil
        curl_multi_remove_handle(multi, transfer.easy)
        transfer.fail(failure)
        transfer.release()
    }

    private func end() {
        let late = inbox.withLock { inbox in
            inbox.running = false
            defer { inbox.commands = [] }
            return inbox.commands
        }
        for transfer in active.values { finish(transfer, .cancelled(url: transfer.url)) }
        for transfer in waiting { transfer.fail(.cancelled(url: transfer.url)) }
        for case .start(let transfer) in late { transfer.fail(.cancelled(url: transfer.url)) }
        waiting = []
        curl_multi_cleanup(multi)
    }
}

/// libcurl's process-wide set-up, done once, by whoever comes first.
private enum CurlLibrary {
    static let isReady = curl_global_init(Int(CURL_GLOBAL_ALL)) == CURLE_OK
}
