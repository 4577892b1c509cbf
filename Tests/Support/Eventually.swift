/// Waits until `condition` holds, looking again after each `pause`, for at most `limit`.
/// - Returns: whether it held in time.
package func eventually(
    within limit: Duration = .seconds(20), pause: Duration = .milliseconds(10),
    _ condition: @Sendable () async throws -> Bool
) async rethrows -> Bool {
    let clock = ContinuousClock()
    let deadline = clock.now + limit
    while true {
        if try await condition() { return true }
        if clock.now >= deadline { return false }
        do { try await clock.sleep(for: pause) } catch { return false }
    }
}
