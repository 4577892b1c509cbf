import Logging
import Storage

/// Whose turn it is in an environment, as this engine takes it and as it sees it taken.
extension Engine {
    /// A lease that somebody has, and since when this engine has seen nothing happen to it.
    struct Watched {
        var token: Int64
        var beat: Int64
        var since: Duration
    }

    /// What an environment that rests has the lease for: some of this engine's tasks at once, which share it.
    struct Rest {
        var lease: Lease?
        let permit: Permit
        var users = 0
        var longest = Duration.zero
    }

    /// The environment's lease as it is now, and for how long this engine has seen it so.
    func look(at environment: String) async throws -> Lease.Sight? {
        guard var sight = try await parts.database.read({ try Lease.sight(environment, $0) }) else {
            watched[environment] = nil
            return nil
        }
        let now = parts.clock.uptime
        if let before = watched[environment], before.token == sight.token, before.beat == sight.beat {
            sight.unchanged = now - before.since
        } else {
            watched[environment] = Watched(token: sight.token, beat: sight.beat, since: now)
        }
        return sight
    }

    /// Takes the environment's lease in a transaction, with what `body` does in it.
    /// - Returns: what `body` returns, the lease, and the right to act as long as it lasts.
    /// - Throws: `RolloutError.locked`, and what `body` throws; then the lease was not taken.
    func taking<T: Sendable>(
        _ environment: String, for purpose: String, lasting duration: Duration,
        _ body: @Sendable @escaping (Lease, any Connection) throws -> T
    ) async throws -> (T, Lease, Permit) {
        let seen = try await look(at: environment)
        let permit = Permit(parts.clock)
        let (holder, now, then) = (parts.holder, parts.clock.now, parts.clock.uptime)
        let (result, lease) = try await parts.database.write { connection in
            let lease = try Lease.acquire(
                environment: environment, holder: holder, purpose: purpose, for: duration, now: now, seen: seen,
                connection)
            return (try body(lease, connection), lease)
        }
        permit.extend(from: then, by: duration)
        return (result, lease, permit)
    }

    /// Runs `body` while nobody else acts in the environment, as long as it rests with the bundles that `row` names.
    /// - Parameter limit: the longest that `body` may take.
    /// - Returns: nil, and nothing was run, when a rollout has begun or another bundle is in force since.
    /// - Throws: `RolloutError.locked` while another engine has its turn, `DatabaseError`.
    func resting<T: Sendable>(
        _ environment: String, as row: EnvironmentRecord.Row, for limit: Duration, _ body: (Permit) async -> T
    ) async throws -> T? {
        guard !runners.values.contains(where: { $0.environment == environment }) else { return nil }
        var rest = rests[environment] ?? Rest(permit: Permit(parts.clock))
        rest.users += 1
        // Never less than what was asked for before: it may go on.
        rest.longest = max(rest.longest, limit + Engine.leaseMargin)
        rests[environment] = rest
        let result: T?
        do {
            result = try await isOurTurn(environment, row, rest) && !Task.isCancelled ? await body(rest.permit) : nil
        } catch {
            await leave(rest: environment)
            throw error
        }
        await leave(rest: environment)
        return result
    }

    private func isOurTurn(_ environment: String, _ row: EnvironmentRecord.Row, _ rest: Rest) async throws -> Bool {
        let seen = try await look(at: environment)
        let (holder, now, then) = (parts.holder, parts.clock.now, parts.clock.uptime)
        let lease = try await parts.database.write { connection -> Lease? in
            let present = try EnvironmentRecord.row(environment, connection)
            guard present.rollout == nil, present.isSame(as: row) else { return nil }
            return try Lease.acquire(
                environment: environment, holder: holder, purpose: Lease.resting, for: rest.longest, now: now,
                seen: seen, connection)
        }
        guard let lease else { return false }
        if lease.token > rests[environment]?.lease?.token ?? 0 { rests[environment]?.lease = lease }
        rest.permit.extend(from: then, by: rest.longest)
        return true
    }

    /// The last one to leave gives the lease back; where that fails it lapses.
    private func leave(rest environment: String) async {
        rests[environment]?.users -= 1
        guard let rest = rests[environment], rest.users == 0 else { return }
        rests[environment] = nil
        rest.permit.end()
        if let lease = rest.lease { await giveBack(lease) }
    }

    /// For others to take at once. Where that fails it lapses.
    func giveBack(_ lease: Lease) async {
        let (database, logger) = (parts.database, parts.logger)
        // Not stopped by whatever has stopped its caller.
        await parts.tasks.begin {
            do { try await database.write { try lease.release($0) } } catch RolloutError.staleLease {
                // A rollout of this engine has begun.
            } catch {
                logger.notice("the lease of \(lease.environment) was not given back, and lapses: \(error)")
            }
        }.value
    }
}

extension EnvironmentRecord.Row {
    /// Whether the same bundles should run.
    func isSame(as other: Self?) -> Bool {
        other?.current == current && other?.previous == previous && other != nil
    }
}
