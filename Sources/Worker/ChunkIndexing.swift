import AsyncAlgorithms
import Documents
import Logging
import ServiceLifecycle

/// Keeps the search index up to date, where the database has one: what is complete enters it soon afterwards. An index
/// that becomes possible later (the extension was installed) is made and filled, without anybody's doing.
struct ChunkIndexing: Service {
    static let interval = Duration.seconds(2)
    /// Whether there can be an index is looked at once in so many rounds.
    static let prepareEvery = 30

    let environment: WorkerEnvironment

    func run() async throws {
        var rounds = 0
        let timer = AsyncTimerSequence(interval: Self.interval, clock: .continuous)
        for await _ in timer.cancelOnGracefulShutdown() {
            await round(prepares: rounds % Self.prepareEvery == 0)
            rounds += 1
        }
    }

    /// Takes in all that is missing. A failure ends the round, and is logged; the next one goes on.
    func round(prepares: Bool) async {
        do {
            if prepares, let obstacle = try await ChunkIndex.prepare(environment.database) {
                environment.logger.debug("search looks at each vector: \(obstacle)")
            }
            while !Task.isShuttingDownGracefully {
                let count = try await ChunkIndex.catchUp(environment.database, now: environment.now())
                guard count > 0 else { return }
            }
        } catch { environment.logger.error("the search index is not up to date: \(error)") }
    }
}
