/// Begins the engine's tasks, all of them in one place, so that whoever hands in an executor says where and in which order
/// they run: the simulation does, so that a seed replays exactly.
package struct Tasks: Sendable {
    /// Nil runs them where Swift does by default.
    package let executor: (any TaskExecutor)?

    package init(executor: (any TaskExecutor)? = nil) { self.executor = executor }

    @discardableResult
    func begin(_ body: sending @escaping () async -> Void) -> Task<Void, Never> {
        Task(executorPreference: executor, operation: body)
    }

    func attempt<T: Sendable>(_ body: sending @escaping () async throws -> T) -> Task<T, any Error> {
        Task(executorPreference: executor, operation: body)
    }
}
