import Definitions
import Foundation
import Secrets
import Synchronization
import TestSupport
import Testing

@testable import Operations

@Suite(.timeLimit(.minutes(2)))
struct PreflightRunTests {
    private func check(
        _ name: String, limit: Duration = .seconds(30), _ work: @Sendable @escaping () async -> [CheckReport]
    ) -> PreflightCheck {
        PreflightCheck(.host, name, services: [], place: PreflightHarness.place, limit: limit, work: work)
    }

    @Test func `a check that never ends costs its own limit and nothing else`() async {
        let run = PreflightRun(bound: .seconds(60), redactor: Redactor([Secret]()))
        let results = await run.run([
            check("black hole", limit: .milliseconds(50)) { await Self.pause() },
            check("fine") { [.passed("fine")] },
        ]) { _ in }
        #expect(results.map(\.subject) == ["black hole", "fine"])
        #expect(results.map(\.report.outcome) == [.unreachable, .passed])
        #expect(results[0].report.sentence.contains("50ms"))
        #expect(results[0].report.fix?.contains("--time-limit host=") == true)
    }

    @Test func `everything ends within the bound, however much hangs`() async {
        let run = PreflightRun(width: 4, bound: .milliseconds(300), redactor: Redactor([Secret]()))
        let results = await run.run((0..<40).map { check("hole \($0)") { await Self.pause() } }) { _ in }
        #expect(results.count == 40)
        #expect(results.allSatisfy { [.unreachable, .skipped].contains($0.report.outcome) })
        #expect(results.last?.report.outcome == .skipped)
    }

    @Test func `no more run at once than the width, and each is told twice`() async {
        let running = Mutex((now: 0, most: 0))
        let told = Mutex<[String]>([])
        let checks = (0..<30).map { index in
            check("\(index)") {
                running.withLock {
                    $0.now += 1
                    $0.most = max($0.most, $0.now)
                }
                await Task.yield()
                running.withLock { $0.now -= 1 }
                return [.passed("\(index)")]
            }
        }
        let results = await PreflightRun(width: 3, bound: .seconds(60), redactor: Redactor([Secret]())).run(checks) {
            switch $0 {
            case .began(let check): told.withLock { $0.append("began \(check.id)") }
            case .ended(let check, _): told.withLock { $0.append("ended \(check.id)") }
            }
        }
        #expect(results.map(\.report.sentence) == (0..<30).map { "\($0)" })
        #expect(running.withLock { $0.most } <= 3)
        #expect(Set(told.withLock { $0 }).count == 60)
    }

    @Test func `a secret that a check lets slip is masked`() async {
        let run = PreflightRun(bound: .seconds(60), redactor: Redactor([Secret("canary-value-1")]))
        let results = await run.run([
            check("leak") { [CheckReport(.failed, "it said canary-value-1", fix: "not canary-value-1")] }
        ]) { _ in }
        #expect(!"\(results)".contains("canary-value-1"))
    }

    @Test(arguments: [
        ("https://user:p%40ss@example.org/v1", "example.org:443"), ("amqp://guest@[::1]:5673/a", "::1:5673"),
        ("redis://10.0.0.7", "10.0.0.7:6379"), ("postgres://a:1,b:2/x", "a:1"), ("unknown://host/x", "host"),
        ("http://h:99999/", "h"),
    ])
    func `an address is shown as host and port`(text: String, shown: String) {
        #expect(Endpoint(text)?.shown == shown)
    }

    @Test func `an account is decoded, and what is no address is none`() {
        let endpoint = Endpoint("amqp://pipe%3Aline:p%40ss%2f@broker/%2fstaging?x=1")
        #expect(endpoint?.user == "pipe:line" && endpoint?.password == "p@ss/" && endpoint?.path == "/%2fstaging")
        #expect(Endpoint("sqlite:/tmp/x") == nil && Endpoint("disk:/x") == nil && Endpoint("http://") == nil)
    }

    private static func pause() async -> [CheckReport] {
        do { try await ContinuousClock().sleep(for: .seconds(3600)) } catch { return [] }
        return []
    }
}
