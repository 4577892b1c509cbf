import Rollouts
import Storage
import TestSupport
import Testing

@Suite struct JournalTests {
    let folder: TemporaryFolder
    let database: any Database
    let now = Timestamp(microseconds: 1_000_000)

    init() async throws {
        folder = try TemporaryFolder()
        database = try Databases.open(address: "sqlite:\(folder.file("journal.sqlite"))")
        try await RolloutSchema.migrator.migrate(database, now: 0)
    }

    private static let requested = Event.requested(
        .init(
            environment: "dev", kind: .rollout, release: "v1", actor: "me", reason: nil, strategy: nil,
            machine: Rollout.machineVersion, target: nil, tick: .seconds(2)))

    @Test func `a stale engine's write is refused, and leaves nothing behind`() async throws {
        let now = now
        try await database.write { connection in
            let old = try Lease.acquire(
                environment: "dev", holder: "a", purpose: "r", for: .seconds(1), now: now, connection)
            let step = try Journal.step(Rollout(id: "r"), Self.requested, at: now, lease: old, connection)
            let later = now + .seconds(2)
            let new = try Lease.acquire(
                environment: "dev", holder: "b", purpose: "r", for: .seconds(60), now: later,
                seen: Lease.Sight(token: old.token, beat: 0, unchanged: .seconds(1)), connection)
            #expect(new.token > old.token)
            let abort = Event.abortRequested(.init(by: "me", reason: nil))
            #expect(throws: RolloutError.staleLease(environment: "dev", holder: "b")) {
                try Journal.step(step.rollout, abort, at: later, lease: old, connection)
            }
            #expect(throws: RolloutError.staleLease(environment: "dev", holder: "b")) {
                try old.renew(for: .seconds(60), beat: 1, now: later, connection)
            }
            #expect(try Journal.entries("r", after: 0, connection).count == 1)
        }
    }

    @Test func `whoever renews its lease keeps it, whatever the clocks of others say`() async throws {
        let now = now
        try await database.write { connection in
            let lease = try Lease.acquire(
                environment: "dev", holder: "a", purpose: "r", for: .seconds(60), now: now, connection)
            let seen = Lease.Sight(token: lease.token, beat: 0, unchanged: .seconds(60))
            try lease.renew(for: .seconds(90), beat: 2, now: now, connection)
            // One that was asked for earlier and comes later.
            try lease.renew(for: .seconds(1), beat: 1, now: now, connection)
            func take(_ seen: Lease.Sight) throws -> Lease {
                try Lease.acquire(
                    environment: "dev", holder: "b", purpose: "s", for: .seconds(60), now: now + .seconds(86_400),
                    seen: seen, connection)
            }
            for seen in [
                seen, Lease.Sight(token: lease.token, beat: 1, unchanged: .seconds(90)),
                Lease.Sight(token: lease.token, beat: 2, unchanged: .seconds(89)),
            ] {
                #expect(throws: RolloutError.locked(environment: "dev", holder: "a", rollout: "r", since: now)) {
                    try take(seen)
                }
            }
            let other = try take(Lease.Sight(token: lease.token, beat: 2, unchanged: .seconds(90)))
            #expect(other.token > lease.token)
        }
    }

    @Test func `a lease that has not expired keeps others out, naming its holder`() async throws {
        let now = now
        try await database.write { connection in
            _ = try Lease.acquire(
                environment: "dev", holder: "a", purpose: "r", for: .seconds(60), now: now, connection)
            #expect(throws: RolloutError.locked(environment: "dev", holder: "a", rollout: "r", since: now)) {
                try Lease.acquire(
                    environment: "dev", holder: "b", purpose: "s", for: .seconds(60), now: now + .seconds(1), connection
                )
            }
            _ = try Lease.acquire(
                environment: "staging", holder: "b", purpose: "s", for: .seconds(60), now: now, connection)
        }
    }

    @Test func `a lease that was given back is nobody's, and cannot be renewed`() async throws {
        let now = now
        try await database.write { connection in
            let lease = try Lease.acquire(
                environment: "dev", holder: "a", purpose: "r", for: .seconds(60), now: now, connection)
            try lease.release(connection)
            #expect(throws: RolloutError.staleLease(environment: "dev", holder: "nobody")) {
                try lease.renew(for: .seconds(60), beat: 1, now: now, connection)
            }
            #expect(throws: RolloutError.staleLease(environment: "dev", holder: "nobody")) {
                try lease.release(connection)
            }
            _ = try Lease.acquire(
                environment: "dev", holder: "b", purpose: "s", for: .seconds(60), now: now, connection)
        }
    }

    @Test func `a rollout that has ended leaves the lease to its engine, which others wait for`() async throws {
        let now = now
        try await database.write { connection in
            let lease = try Lease.acquire(
                environment: "dev", holder: "a", purpose: "r", for: .seconds(60), now: now, connection)
            let begun = try Journal.step(Rollout(id: "r"), Self.requested, at: now, lease: lease, connection).rollout
            let abort = Event.abortRequested(.init(by: "me", reason: nil))
            #expect(try Journal.step(begun, abort, at: now, lease: lease, connection).rollout.outcome != nil)
            // Named no more: whoever asks for a rollout waits, instead of being refused.
            #expect(throws: RolloutError.locked(environment: "dev", holder: "a", rollout: nil, since: now)) {
                try Lease.acquire(
                    environment: "dev", holder: "b", purpose: "s", for: .seconds(60), now: now, connection)
            }
            try lease.release(connection)
        }
    }

    @Test func `a journal that makes no sense is refused, and quarantined`() async throws {
        let now = now
        try await database.write { connection in
            let lease = try Lease.acquire(
                environment: "dev", holder: "a", purpose: "r", for: .seconds(60), now: now, connection)
            _ = try Journal.step(Rollout(id: "r"), Self.requested, at: now, lease: lease, connection)
            #expect(try Journal.fold("r", connection).stage == .preflight)
            try connection.execute("UPDATE journal SET seq = 5 WHERE rollout = 'r'")
            #expect(throws: RolloutError.corrupt(rollout: "r", reason: "record 1 is missing")) {
                try Journal.fold("r", connection)
            }
            try Journal.quarantine("r", reason: "record 1 is missing", now: now, connection)
            #expect(try Journal.rollout("r", connection).outcome == .quarantined)
            #expect(try Journal.unfinished(connection).isEmpty)
            #expect(try EnvironmentRecord.row("dev", connection).rollout == nil)
        }
    }
}
