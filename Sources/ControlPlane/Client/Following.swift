import HTTPClient

extension ControlClient {
    /// Follows a rollout to its end, through engines that stop and start: after a break it goes on behind the last event
    /// that it saw. Each line reaches `tell` once, the finished one last.
    ///
    /// - Parameters:
    ///   - revive: called when the connection broke; starts the engine again if need be, or throws.
    package func follow(
        rollout: String, revive: @Sendable () async throws -> Void, tell: (RolloutLine) throws -> Void
    ) async throws -> FinishedDocument {
        var seen: Int64 = 0
        var breaks = 0
        while true {
            do {
                let stream = try await lines(
                    "/api/v1/rollouts/\(pathSegment(rollout))/events",
                    query: [("after", String(seen)), ("follow", "true")])
                for try await bytes in stream {
                    let line = try RolloutLine(json: bytes)
                    try tell(line)
                    switch line {
                    case .event(let event):
                        seen = event.seq
                        breaks = 0
                    case .finished(let finished): return finished
                    }
                }
            } catch let refusal as Refusal where refusal.code != "unreachable" {
                throw refusal
            } catch is HTTPError {
                // The engine went away in the middle: what follows asks for the rest.
            }
            breaks += 1
            if breaks > 5 {
                throw Refusal(
                    "lost", "The engine keeps closing the stream; the rollout goes on: tidegate show \(rollout)",
                    exit: .unreachable)
            }
            try await revive()
        }
    }
}
