import Storage

extension Engine {
    package func rollout(_ id: String) async throws -> Rollout {
        if let running = runners[id] { return await running.runner.snapshot }
        return try await parts.database.read { try Journal.rollout(id, $0) }
    }

    package func history(environment: String, limit: Int) async throws -> [Rollout] {
        try await parts.database.read { try Journal.history(environment, limit: limit, $0) }
    }

    package func journal(rollout: String, after seq: Int) async throws -> [JournalEntry] {
        try await parts.database.read { try Journal.entries(rollout, after: seq, $0) }
    }

    package func replay(_ rollout: String) async throws -> Replay {
        try await parts.database.read { try Journal.replay(rollout, $0) }
    }

    package func baselines(environment: String) async throws -> [ServiceBaselines] {
        try await parts.database.read { connection in
            let inForce = try BaselineRecord.inForce(environment, connection)
            return try inForce.keys.sorted().map { service in
                ServiceBaselines(
                    service: service, inForce: inForce[service],
                    measured: try BaselineRecord.measured(environment, service: service, connection))
            }
        }
    }

    package func setBaseline(
        _ baseline: LatencyBaseline, environment: String, service: String
    ) async throws -> BaselineRecord.Entry {
        let now = parts.clock.now
        try await parts.database.write {
            try BaselineRecord.set(baseline, environment: environment, service: service, now: now, $0)
        }
        return BaselineRecord.Entry(baseline: baseline, recordedAt: now)
    }

    package func state(environment: String) async throws -> EnvironmentState {
        try await parts.database.read { try EnvironmentRecord.state(environment, $0) }
    }

    package nonisolated func entries(
        rollout: String, after seq: Int
    ) -> AsyncThrowingStream<JournalEntry, any Error> {
        let (stream, continuation) = AsyncThrowingStream.makeStream(of: JournalEntry.self)
        let hints = followers.hints(rollout: rollout)
        let task = parts.tasks.begin {
            do {
                var last = seq
                var isFinished = try await self.rollout(rollout).isFinished
                for await _ in hints {
                    for entry in try await self.journal(rollout: rollout, after: last) {
                        continuation.yield(entry)
                        last = entry.seq
                        isFinished = isFinished || entry.outcome != nil
                    }
                    if isFinished { break }
                }
                continuation.finish()
            } catch {
                continuation.finish(throwing: error)
            }
        }
        continuation.onTermination = { _ in task.cancel() }
        return stream
    }
}
