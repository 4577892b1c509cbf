import Definitions
import Rollouts

/// Whether an environment lags behind the one that it takes its releases from.
struct Promotion: Sendable {
    let engine: any RolloutEngine
    let releases: any Releases

    /// - Returns: nil when the other one runs the same release, or an older one.
    func behind(_ environment: Environment, running: String?, now: Timestamp) async throws -> BehindDocument? {
        guard let source = environment.promotesFrom,
            let good = try await engine.state(environment: source).current?.release, good != running
        else { return nil }
        let candidate = try await releases.release(good)
        if let running {
            guard try await releases.release(running).createdAt < candidate.createdAt else { return nil }
        }
        // Since it first succeeded there without another release in between.
        let history = try await engine.history(environment: source, limit: 100)
        let succeeded = history.filter { $0.kind == .rollout && $0.outcome == .succeeded }
        guard let first = succeeded.prefix(while: { $0.release == good }).last, let at = first.endedAt else {
            return nil
        }
        let ready = at + environment.soak
        let here = running.map { "\($0) runs here" } ?? "nothing runs here"
        let text =
            ready <= now
            ? "\(good) has been good in \(source) for \((now - at).spoken), and \(here)"
            : "\(good) runs in \(source), and may come here in \((ready - now).spoken); \(here)"
        return BehindDocument(
            release: good, from: source, since: ready.rfc3339, seconds: max(0, (now - ready).seconds), text: text,
            fix: "tidegate rollout \(environment.name) --release \(good)")
    }
}
