import NIOCore
import NIOPosix
import Synchronization

/// Sends requests at a constant rate, whatever becomes of the ones before, and counts the answers.
package struct LoadGenerator: Sendable {
    private struct Tally {
        var milliseconds: [Double] = []
        var byStatus: [String: Int] = [:]
        var failed = 0
        var firstFailure: Double?
        var lastFailure: Double?
    }

    private let plan: LoadPlan

    package init(plan: LoadPlan) { self.plan = plan }

    /// Ends early, with what was sent so far, when the task is cancelled.
    package func run() async -> LoadReport {
        let tally = Box()
        let pool = LoadPool(host: plan.host, port: plan.port, size: plan.connections)
        defer { pool.close() }
        let start = ContinuousClock.now
        let total = plan.rate * plan.seconds
        await withDiscardingTaskGroup { group in
            for number in 0..<total {
                let due = start + .seconds(1) * number / plan.rate
                do { if due > .now { try await Task.sleep(until: due, clock: .continuous) } } catch { break }
                let request = plan.request(number)
                group.addTask { await Self.measure(request, pool, tally, since: start) }
            }
        }
        return tally.report(seconds: Self.seconds(since: start), connections: pool.opened)
    }

    private static func measure(
        _ request: LoadRequest, _ pool: LoadPool, _ tally: Box, since begin: ContinuousClock.Instant
    ) async {
        let start = ContinuousClock.now
        let at = seconds(since: begin)
        do {
            let answer = try await pool.send(request)
            let isSuccess = (200..<300).contains(answer.status)
            let isExpected = isSuccess && answer.body.contains(request.expected)
            tally.add(
                isSuccess && !isExpected ? "\(answer.status) with another body" : "\(answer.status)",
                isFailure: !isExpected, at: at, seconds(since: start) * 1000)
        } catch is NIOConnectionError {
            tally.add("no connection", isFailure: true, at: at, seconds(since: start) * 1000)
        } catch {
            tally.add("\(error)", isFailure: true, at: at, seconds(since: start) * 1000)
        }
    }

    private static func seconds(since start: ContinuousClock.Instant) -> Double {
        let elapsed = ContinuousClock.now - start
        return Double(elapsed.components.seconds) + Double(elapsed.components.attoseconds) / 1e18
    }

    /// The tally, shared by the requests in flight.
    private final class Box: Sendable {
        private let tally = Mutex(Tally())

        func add(_ outcome: String, isFailure: Bool, at: Double, _ milliseconds: Double) {
            tally.withLock { tally in
                tally.milliseconds.append(milliseconds)
                tally.byStatus[outcome, default: 0] += 1
                guard isFailure else { return }
                tally.failed += 1
                tally.firstFailure = min(tally.firstFailure ?? at, at)
                tally.lastFailure = max(tally.lastFailure ?? at, at)
            }
        }

        func report(seconds: Double, connections: Int) -> LoadReport {
            let tally = tally.withLock { $0 }
            let sorted = tally.milliseconds.sorted()
            func quantile(_ share: Double) -> Double {
                sorted.isEmpty ? 0 : sorted[min(sorted.count - 1, Int(Double(sorted.count) * share))]
            }
            return LoadReport(
                requests: sorted.count, failed: tally.failed, by_status: tally.byStatus,
                connections: connections, p50: quantile(0.5),
                p95: quantile(0.95), p99: quantile(0.99), seconds: seconds,
                first_failure: tally.firstFailure, last_failure: tally.lastFailure)
        }
    }
}
