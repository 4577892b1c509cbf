import ArgumentParser
import ControlPlane

/// Follows a rollout on a terminal, in a log or as JSON lines, and ends the program as it ended.
struct Follower {
    let options: GlobalOptions
    let connection: Connection

    /// - Parameter isAsked: whether going back is what was asked for, so that it ends with 0.
    func follow(_ started: StartedDocument, wait: Bool, toGoBack isAsked: Bool = false) async throws {
        if !wait {
            Terminal.line(options.json ? try JSON.text(started) : "Rollout \(started.rollout) is under way.")
            return
        }
        let view = RolloutView(isJSON: options.json, isLive: Terminal.isInteractive && !options.json)
        let connection = connection
        let finished = try await Interruption.leaving {
            try await connection.client.follow(
                rollout: started.rollout, revive: connection.revive, tell: { try view.tell($0) })
        }
        guard let finished else {
            if view.isLive { Terminal.clearStatus() }
            throw Refusal(
                "interrupted",
                "No longer following; the rollout goes on: tidegate show \(started.rollout) | tidegate abort "
                    + started.rollout, exit: .interrupted)
        }
        if isAsked, finished.exit == .rolledBack { return }
        if finished.exit != .done {
            // A terminal has just shown it.
            if !Terminal.isInteractive { Terminal.complain(RolloutText.complaint(finished)) }
            throw ExitCode(finished.exit.rawValue)
        }
    }
}

/// Writes a rollout's lines as they come.
struct RolloutView: Sendable {
    let isJSON: Bool
    /// On a terminal, samples overwrite each other at the bottom.
    let isLive: Bool

    func tell(_ line: RolloutLine) throws {
        if isJSON {
            Terminal.line(String(decoding: try line.json(), as: UTF8.self))
            return
        }
        switch line {
        case .event(let event) where event.type == "sampled" && !event.isTurn:
            if isLive { Terminal.status("\(RolloutText.clock(event.at))  \(event.text)") }
        case .event(let event):
            if isLive { Terminal.clearStatus() }
            Terminal.line("\(Ink.dim(RolloutText.clock(event.at)))  \(event.text)")
        case .finished(let finished):
            if isLive { Terminal.clearStatus() }
            Terminal.line(RolloutText.finished(finished))
        }
    }
}
