import NIOCore
import Synchronization

/// Sends requests at a constant rate, whatever becomes of the ones before, and counts the answers.
package struct LoadGenerator: Sendable {
    private struct Tally {
        var milliseconds: [Double] = []
        var byStatus: [String: Int] = [:]
        var failed = 0
    }

    private let plan: LoadPlan

    package init(plan: LoadPlan) { self.plan = plan }

    package func run() async throws -> LoadReport {
        let tally = Box()
        let start = ContinuousClock.now
        let total = plan.rate * plan.seconds
        try await withThrowingDiscardingTaskGroup { group in
            for number in 0..<total {
                let due = start + .seconds(1) * number / plan.rate
                if due > .now { try await Task.sleep(until: due, clock: .continuous) }
                let (request, plan) = (plan.request(number), plan)
                group.addTask { await Self.measure(request, plan, tally) }
            }
        }
        return tally.report(seconds: Self.seconds(since: start))
    }

    private static func measure(_ request: LoadRequest, _ plan: LoadPlan, _ tally: Box) async {
        let start = ContinuousClock.now
        do {
            let status = try await request.send(host: plan.host, port: plan.port)
            tally.add("\(status)", isFailure: !(200..<300).contains(status), seconds(since: start) * 1000)
        } catch ChannelError.eof {
            tally.add("closed without an answer", isFailure: true, seconds(since: start) * 1000)
        } catch {
            tally.add("\(error)", isFailure: true, seconds(since: start) * 1000)
        }
    }

    private static func seconds(since start: ContinuousClock.Instant) -> Double {
        let elapsed = ContinuousClock.now - start
        return Double(elapsed.components.seconds) + Double(elapsed.components.attoseconds) / 1e18
    }

    /// The tally, shared by the requests in flight.
    private final class Box: Sendable {
        private let tally = Mutex(Tally())

        func add(_ outcome: String, isFailure: Bool, _ milliseconds: Double) {
            tally.withLock { tally in
                tally.milliseconds.append(milliseconds)
                tally.byStatus[outcome, default: 0] += 1
                if isFailure { tally.failed += 1 }
            }
        }

        func report(seconds: Double) -> LoadReport {
            let tally = tally.withLock { $0 }
            let sorted = tally.milliseconds.sorted()
            func quantile(_ share: Double) -> Double {
                sorted.isEmpty ? 0 : sorted[min(sorted.count - 1, Int(Double(sorted.count) * share))]
            }
            return LoadReport(
                requests: sorted.count, failed: tally.failed, by_status: tally.byStatus, p50: quantile(0.5),
                p95: quantile(0.95), p99: quantile(0.99), seconds: seconds)
        }
    }
}
