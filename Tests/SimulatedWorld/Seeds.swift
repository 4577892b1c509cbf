import Foundation
import Synchronization

/// Many seeds, each on one thread from its beginning to its end, several threads side by side.
package struct Seeds: Sendable {
    package struct Failure: Sendable {
        package var seed: UInt64
        package var text: String
        /// The run that failed, line by line.
        package var trace: [String]
    }

    package var first: UInt64
    package var count: Int
    package var mode: Simulation.Mode
    package var threads: Int
    /// After so many no more are looked for.
    static let most = 10

    package init(
        first: UInt64, count: Int, mode: Simulation.Mode, threads: Int = ProcessInfo.processInfo.activeProcessorCount
    ) {
        self.first = first
        self.count = count
        self.mode = mode
        self.threads = threads
    }

    /// - Returns: the seeds that failed, in their order.
    package func failures() async throws -> [Failure] {
        let progress = Progress(next: first)
        try await withThrowingTaskGroup { group in
            for _ in 0..<max(1, threads) {
                group.addTask { try await Simulation.onThread { work(progress) } }
            }
            try await group.waitForAll()
        }
        return progress.failures
    }

    private func work(_ progress: Progress) {
        while let seed = progress.take(before: first + UInt64(count)) {
            guard let failure = Simulation.failure(seed: seed, mode) else { continue }
            progress.add(Failure(seed: seed, text: failure.text, trace: failure.trace))
        }
    }
}

/// How far the threads are.
private final class Progress: Sendable {
    private struct State {
        var next: UInt64
        var failures: [Seeds.Failure] = []
    }

    private let state: Mutex<State>

    init(next: UInt64) { state = Mutex(State(next: next)) }

    func take(before end: UInt64) -> UInt64? {
        state.withLock { state in
            guard state.next < end, state.failures.count < Seeds.most else { return nil }
            defer { state.next += 1 }
            return state.next
        }
    }

    func add(_ failure: Seeds.Failure) { state.withLock { $0.failures.append(failure) } }

    var failures: [Seeds.Failure] { state.withLock { $0.failures.sorted { $0.seed < $1.seed } } }
}
