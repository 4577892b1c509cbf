import Synchronization

/// Serves requests that come at about the same time together: while one group is under way, those who come wait for the
/// next. Alone, nobody waits; under load, what a group costs is shared. A group begins after its last request came, so that
/// a look which is shared this way is never older than the question.
package final class GroupDesk<Request: Sendable, Answer: Sendable>: Sendable {
    private struct Waiting {
        let request: Request
        let asker: CheckedContinuation<Answer, any Error>
    }

    private struct State {
        var waiting: [Waiting] = []
        var isBusy = false
    }

    private let most: Int
    private let serve: @Sendable ([Request]) async throws -> [Result<Answer, any Error>]
    private let state = Mutex(State())

    /// - Parameters:
    ///   - most: how many requests make a group at most; 1 or more.
    ///   - serve: answers a group, in its order, with as many results. What it throws, each of them gets.
    package init(most: Int, serve: @Sendable @escaping ([Request]) async throws -> [Result<Answer, any Error>]) {
        self.most = max(1, most)
        self.serve = serve
    }

    /// Once it waits, the request is served even when the asking task is cancelled, so that its outcome is known.
    /// - Throws: `CancellationError` before that, or what `serve` answers.
    package func ask(_ request: Request) async throws -> Answer {
        try Task.checkCancellation()
        return try await withCheckedThrowingContinuation { asker in
            let begins = state.withLock { state in
                state.waiting.append(Waiting(request: request, asker: asker))
                defer { state.isBusy = true }
                return !state.isBusy
            }
            if begins { Task { await work() } }
        }
    }

    /// Those whose turn has not come.
    package var waitingCount: Int { state.withLock { $0.waiting.count } }

    private func work() async {
        while let group = take() {
            let answers = await answers(to: group.map(\.request))
            for (waiting, answer) in zip(group, answers) { waiting.asker.resume(with: answer) }
        }
    }

    private func answers(to group: [Request]) async -> [Result<Answer, any Error>] {
        do {
            let answers = try await serve(group)
            precondition(answers.count == group.count, "a group of requests has an answer each")
            return answers
        } catch {
            return group.map { _ in .failure(error) }
        }
    }

    private func take() -> [Waiting]? {
        state.withLock { state in
            let group = Array(state.waiting.prefix(most))
            state.waiting.removeFirst(group.count)
            state.isBusy = !group.isEmpty
            return group.isEmpty ? nil : group
        }
    }
}
