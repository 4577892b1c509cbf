import Storage
import Synchronization
import TestSupport
import Testing

private struct Refused: Error, Equatable { var number: Int }

/// A desk that doubles numbers and refuses negative ones; its first group waits until it is told.
private final class Doubling: Sendable {
    private let groups = Mutex<[[Int]]>([])
    private let gate: AsyncStream<Void>
    private let open: AsyncStream<Void>.Continuation

    init() { (gate, open) = AsyncStream.makeStream() }

    var seen: [[Int]] { groups.withLock { $0 } }
    func release() { open.finish() }

    func serve(_ group: [Int]) async throws -> [Result<Int, any Error>] {
        let isFirst = groups.withLock { groups in
            groups.append(group)
            return groups.count == 1
        }
        if isFirst { for await _ in gate {} }
        if group.contains(0) { throw Refused(number: 0) }
        return group.map { $0 < 0 ? .failure(Refused(number: $0)) : .success(2 * $0) }
    }
}

@Suite(.timeLimit(.minutes(1))) struct `A desk for groups` {
    /// The first asks alone, and the others while it is served.
    private func ask(_ numbers: [Int], most: Int = 100) async -> (answers: [Result<Int, Refused>], groups: [[Int]]) {
        let doubling = Doubling()
        let desk = GroupDesk<Int, Int>(most: most) { try await doubling.serve($0) }
        let answers = await withTaskGroup(of: (Int, Result<Int, Refused>).self) { group in
            for (index, number) in numbers.enumerated() {
                group.addTask {
                    do { return (index, .success(try await desk.ask(number))) } catch let error as Refused {
                        return (index, .failure(error))
                    } catch { return (index, .failure(Refused(number: .min))) }
                }
                if index == 0 {
                    #expect(await eventually { doubling.seen.count == 1 })
                } else {
                    #expect(await eventually { desk.waitingCount == index })
                }
            }
            doubling.release()
            return await group.reduce(into: [Result<Int, Refused>?](repeating: nil, count: numbers.count)) {
                $0[$1.0] = $1.1
            }
        }
        #expect(desk.waitingCount == 0)
        return (answers.compactMap(\.self), doubling.seen)
    }

    @Test func `serves those together who come while it is busy, each with its own answer`() async {
        let (answers, groups) = await ask([1, 2, -3, 4])
        #expect(answers == [.success(2), .success(4), .failure(Refused(number: -3)), .success(8)])
        #expect(groups == [[1], [2, -3, 4]])
    }

    @Test func `takes no more at once than it may, in the order in which they came`() async {
        let (answers, groups) = await ask([1, 2, 3, 4, 5, 6], most: 2)
        #expect(answers == [2, 4, 6, 8, 10, 12].map { .success($0) })
        #expect(groups == [[1], [2, 3], [4, 5], [6]])
    }

    @Test func `tells everybody of a group what went wrong with all of it, and goes on`() async {
        let (answers, groups) = await ask([1, 2, 0, 4], most: 2)
        #expect(answers == [.success(2), .failure(Refused(number: 0)), .failure(Refused(number: 0)), .success(8)])
        #expect(groups == [[1], [2, 0], [4]])
    }

    @Test func `does not begin for a task that is cancelled already`() async {
        let doubling = Doubling()
        doubling.release()
        let desk = GroupDesk<Int, Int>(most: 1) { try await doubling.serve($0) }
        let task = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return try await desk.ask(1)
        }
        await #expect(throws: CancellationError.self) { try await task.value }
        #expect(doubling.seen.isEmpty)
    }
}
