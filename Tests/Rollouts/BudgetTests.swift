import Rollouts
import Synchronization
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1))) struct `A rollout's budgets` {
    private struct Broken: Error, CustomStringConvertible { let description = "the ledger cannot be written" }

    /// Notes for which release they were set, and what ran by then.
    private final class Book: Budgets {
        let set = Mutex<[String]>([])
        let isBroken = Mutex(false)
        let running = Mutex<@Sendable () -> Set<String>>({ [] })

        func set(for bundle: Bundle, _ rollout: Rollout) async throws {
            if isBroken.withLock({ $0 }) { throw Broken() }
            let running = running.withLock { $0 }()
            set.withLock { $0.append("\(bundle.release) beside \(running.sorted().joined(separator: ", "))") }
        }
    }

    @Test func `are in force before the first instance of a release starts`() async throws {
        let book = Book()
        let stage = try await Stage(budgets: book)
        let world = stage.world
        book.running.withLock {
            $0 = { world.state.withLock { Set($0.groups.values.joined().map(\.release)) } }
        }
        #expect(try await stage.rollOut("v1").outcome == .succeeded)
        #expect(book.set.withLock { $0.first } == "v1 beside ")
        let before = book.set.withLock { $0.count }
        #expect(try await stage.rollOut("v2").outcome == .succeeded)
        #expect(book.set.withLock { $0[before] } == "v2 beside v1")
        await stage.close()
    }

    @Test func `that cannot be set let nothing start, and keep nothing from coming back`() async throws {
        let book = Book()
        let stage = try await Stage(budgets: book)
        #expect(try await stage.rollOut("v1").outcome == .succeeded)
        book.isBroken.withLock { $0 = true }
        let bad = try await stage.rollOut("v2")
        #expect(bad.outcome == .rolledBack)
        #expect(bad.turn?.why.contains("the ledger cannot be written") == true, "\(String(describing: bad.turn))")
        #expect(stage.world.weight("api", "v2") == nil)
        #expect(try await stage.engine.state(environment: "dev").current?.release == "v1")
        await stage.close()
    }
}
