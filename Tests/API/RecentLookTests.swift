import Synchronization
import Testing

@testable import API

@Suite(.timeLimit(.minutes(1))) struct `A look that is told again` {
    private final class Looks: Sendable {
        private let count = Mutex(0)
        func next() -> Int {
            count.withLock { count in
                count += 1
                return count
            }
        }
    }

    @Test func `is taken once, however many ask within its age`() async throws {
        let looks = Looks()
        let recent = RecentLook(age: .seconds(3_600)) { looks.next() }
        let seen = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<100 { group.addTask { try await recent.value() } }
            return try await group.reduce(into: Set()) { $0.insert($1) }
        }
        // Those who came while the first was under way have shared one more.
        #expect(seen.isSubset(of: [1, 2]))
        #expect(try await [1, 2].contains(recent.value()))
    }

    @Test func `is taken anew when it is too old`() async throws {
        let looks = Looks()
        let recent = RecentLook(age: .zero) { looks.next() }
        for number in 1...3 { #expect(try await recent.value() == number) }
    }
}
