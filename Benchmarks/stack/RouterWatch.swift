import Foundation
import Platforms
import Rollouts
import Synchronization

/// What HAProxy itself says while something goes on: the servers' weights, looked at every few milliseconds, and its
/// request log, each line with the time at which it came. Times are microseconds since 1970, as the journal's.
final class RouterWatch: Sendable {
    struct Answer: Sendable {
        var at: Int64
        var server: String
        var status: Int
    }

    private struct State {
        var weights: [String: [(at: Int64, weight: Int)]] = [:]
        var answers: [Answer] = []
        var log: Int32?
    }

    private static let pace = Duration.milliseconds(4)

    private let socket: UnixSocket
    private let backend: String
    private let state = Mutex(State())

    /// - Parameter folder: of the environment's HAProxy.
    init(folder: String, service: String) {
        socket = UnixSocket(folder: folder, name: HAProxyConfiguration.adminSocket)
        backend = HAProxyNames.backend(service)
    }

    static var now: Int64 { Int64(Date().timeIntervalSince1970 * 1e6) }

    /// Watches while the body runs.
    func during(_ body: () async throws -> Void) async throws {
        try follow()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await self.look() }
            do { try await body() } catch {
                end(&group)
                throw error
            }
            end(&group)
        }
    }

    private func end(_ group: inout ThrowingTaskGroup<Void, any Error>) {
        group.cancelAll()
        state.withLock { if let log = $0.log { shutdown(log, Int32(SHUT_RDWR)) } }
    }

    private func look() async throws {
        while !Task.isCancelled {
            let text = try await socket.ask("show stat \(backend) 4 -1")
            let at = Self.now
            let servers = ServerStatistics.parse(text)[backend] ?? []
            state.withLock { state in
                var seen: Set<String> = []
                for server in servers {
                    seen.insert(server.name)
                    let weight = server.status.hasPrefix("UP") ? server.weight : 0
                    guard state.weights[server.name]?.last?.weight != weight else { continue }
                    state.weights[server.name, default: []].append((at, weight))
                }
                for (name, changes) in state.weights where !seen.contains(name) && changes.last?.weight != 0 {
                    state.weights[name, default: []].append((at, 0))
                }
            }
            do { try await Task.sleep(for: Self.pace) } catch { return }
        }
    }

    /// Reads the request log from now on, on a thread of its own.
    private func follow() throws {
        let log = try socket.open()
        try socket.send("show events \(HAProxyConfiguration.ring) -w -n\n", to: log)
        state.withLock { $0.log = log }
        Thread.detachNewThread { [self] in
            defer { close(log) }
            var rest = ""
            var buffer = [UInt8](repeating: 0, count: 1 << 16)
            while true {
                let count = recv(log, &buffer, buffer.count, 0)
                guard count > 0 else { return }
                let at = Self.now
                rest += String(decoding: buffer[..<count], as: UTF8.self)
                var lines = rest.split(separator: "\n", omittingEmptySubsequences: false)
                rest = String(lines.removeLast())
                take(lines, at)
            }
        }
    }

    private func take(_ lines: [Substring], _ at: Int64) {
        let answers = lines.compactMap { line -> Answer? in
            guard let line = RequestLine(line.drop { $0 != "{" }), line.backend == backend, !line.smoke else {
                return nil
            }
            return Answer(at: at, server: line.server, status: line.status)
        }
        state.withLock { $0.answers += answers }
    }

    /// What was answered by servers that are not among these, or by nobody.
    func answers(except old: Set<String>) -> [Answer] {
        state.withLock { $0.answers.filter { !old.contains($0.server) } }
    }

    /// When the last of the servers that are not among these lost its weight, after `time`.
    func weightless(except old: Set<String>, after time: Int64) -> Int64? {
        state.withLock { state in
            state.weights.filter { !old.contains($0.key) }.values
                .compactMap { changes in changes.first { $0.at >= time && $0.weight == 0 }?.at }.max()
        }
    }

    /// The servers of now.
    func servers() async throws -> Set<String> {
        let text = try await socket.ask("show stat \(backend) 4 -1")
        return Set((ServerStatistics.parse(text)[backend] ?? []).map(\.name))
    }
}
