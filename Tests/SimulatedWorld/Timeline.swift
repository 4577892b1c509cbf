import TestSupport

/// What a rule of the design forbids, seen in simulation.
struct Violation: Error, CustomStringConvertible {
    var description: String
}

/// Virtual time: jobs of the engines that are ready to run, and what happens later. Time passes only when no job is ready.
// Only the thread that runs the simulation ever touches it: every job of every engine runs on that thread.
final class Timeline: @unchecked Sendable {
    private struct Later {
        var at: Int64
        var order: Int
    }

    /// Microseconds since the beginning.
    private(set) var now: Int64 = 0
    private(set) var steps = 0
    private var random: SplitMix
    private let isShuffled: Bool
    private var jobs: [(owner: Incarnation, job: UnownedJob)] = []
    private var heap: [Later] = []
    private var actions: [Int: () -> Void] = [:]
    private var order = 0
    private var sleepers: [Int: UnsafeContinuation<Void, any Error>] = [:]
    /// Calls that nobody answers any more; ended when everything is over.
    private var unanswered: [UnsafeContinuation<Void, Never>] = []
    private(set) var isOver = false
    /// The run, as a reader would want to follow it.
    private(set) var trace: [String] = []
    private(set) var violation: Violation?

    /// - Parameter shuffleSeed: decides which of the ready jobs runs next; nil: the one that waits longest.
    init(shuffleSeed: UInt64?) {
        isShuffled = shuffleSeed != nil
        random = SplitMix(seed: shuffleSeed ?? 0)
    }

    func note(_ who: String, _ what: @autoclosure () -> String) {
        guard !isOver else { return }
        let (seconds, rest) = now.quotientAndRemainder(dividingBy: 1_000_000)
        let digits = String(rest / 1_000)
        let time = "\(seconds).\(String(repeating: "0", count: 3 - digits.count))\(digits)"
        trace.append("\(String(repeating: " ", count: max(0, 10 - time.count)))\(time)  \(who): \(what())")
    }

    /// Remembers the first rule that was broken, and ends the run.
    func forbid(_ what: String) {
        note("RULE", what)
        if violation == nil, !isOver { violation = Violation(description: "\(what), at \(now / 1_000) ms") }
    }

    func enqueue(_ job: UnownedJob, of owner: Incarnation) { jobs.append((owner, job)) }

    /// Does something after that many microseconds.
    @discardableResult
    func after(_ delay: Int64, _ action: @escaping () -> Void) -> Int {
        order += 1
        actions[order] = action
        push(Later(at: now + max(0, delay), order: order))
        return order
    }

    /// Does something after that many microseconds, unless the run is over by then.
    func plan(_ delay: Int64, _ action: @escaping () -> Void) {
        after(delay) { if !self.isOver { action() } }
    }

    /// Runs until `isDone`, until a rule is broken, or until nothing can happen any more.
    func run(limit: Int64, until isDone: () -> Bool) throws(Violation) {
        while !isDone() {
            if let violation { throw violation }
            steps += 1
            if runJob() { continue }
            guard let next = pop() else { throw Violation(description: "nothing happens any more") }
            guard next.at <= limit else { throw Violation(description: "no end after \(limit / 1_000_000) s") }
            now = max(now, next.at)
            actions.removeValue(forKey: next.order)?()
        }
        if let violation { throw violation }
    }

    /// Ends whatever still waits, and runs the jobs that this makes ready.
    /// - Returns: false when there is no end of them.
    func finish(_ isDone: () -> Bool) -> Bool {
        isOver = true
        for _ in 0..<200_000 {
            if runJob() { continue }
            if !sleepers.isEmpty {
                for id in sleepers.keys.sorted() { cancel(id) }
            } else if !unanswered.isEmpty {
                let calls = unanswered
                unanswered = []
                for call in calls { call.resume() }
            } else if let next = pop() {
                actions.removeValue(forKey: next.order)?()
            } else {
                return isDone()
            }
        }
        return false
    }

    private func runJob() -> Bool {
        guard !jobs.isEmpty else { return false }
        let index = isShuffled ? Int.random(in: 0..<jobs.count, using: &random) : 0
        let (owner, job) = jobs.remove(at: index)
        owner.run(job)
        return true
    }

    // MARK: Waiting

    /// Waits, and ends early when the task is cancelled.
    func sleep(_ microseconds: Int64) async throws {
        order += 1
        let id = order
        try await withTaskCancellationHandler {
            try await withUnsafeThrowingContinuation { (waiting: UnsafeContinuation<Void, any Error>) in
                guard !Task.isCancelled, !isOver else { return waiting.resume(throwing: CancellationError()) }
                sleepers[id] = waiting
                after(microseconds) { self.sleepers.removeValue(forKey: id)?.resume() }
            }
        } onCancel: {
            self.cancel(id)
        }
    }

    private func cancel(_ id: Int) { sleepers.removeValue(forKey: id)?.resume(throwing: CancellationError()) }

    /// What is on its way: not cancelled by anybody.
    func travel(_ microseconds: Int64) async {
        await withUnsafeContinuation { (waiting: UnsafeContinuation<Void, Never>) in
            after(microseconds) { waiting.resume() }
        }
    }

    /// Sends `effect` on its way: it happens after `there`, and its answer is back `back` later, whoever lives then.
    func call<T>(there: Int64, back: Int64, _ effect: @escaping () -> T) async -> T {
        await withUnsafeContinuation { (waiting: UnsafeContinuation<T, Never>) in
            after(there) {
                let answer = Answer(effect())
                self.after(back) { waiting.resume(returning: answer.value) }
            }
        }
    }

    /// Never answers, not even when cancelled.
    func silence() async {
        guard !isOver else { return }
        await withUnsafeContinuation { unanswered.append($0) }
    }

    // MARK: The heap

    private func push(_ entry: Later) {
        heap.append(entry)
        var child = heap.count - 1
        while child > 0, isBefore(heap[child], heap[(child - 1) / 2]) {
            heap.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    private func pop() -> Later? {
        guard let first = heap.first else { return nil }
        let last = heap.removeLast()
        guard !heap.isEmpty else { return first }
        heap[0] = last
        var parent = 0
        while true {
            let children = [2 * parent + 1, 2 * parent + 2].filter { $0 < heap.count }
            guard let least = children.min(by: { isBefore(heap[$0], heap[$1]) }), isBefore(heap[least], heap[parent])
            else { return first }
            heap.swapAt(parent, least)
            parent = least
        }
    }

    private func isBefore(_ a: Later, _ b: Later) -> Bool { (a.at, a.order) < (b.at, b.order) }
}

// Handed from one closure to the next on the simulation's one thread.
private struct Answer<T>: @unchecked Sendable {
    let value: T
    init(_ value: T) { self.value = value }
}
