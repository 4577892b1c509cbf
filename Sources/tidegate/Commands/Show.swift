import ArgumentParser
import ControlPlane

struct ShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "One rollout with its evidence.",
        discussion: """
            With --json: the rollout, then a line an event. With --replay every recorded look is judged again, and each verdict
            is compared with the recorded one to the bit; the exit code is 4 when something differs.
            Example: tidegate show r-1f3a --replay
            """)

    @Argument(help: "The rollout's id.") var rollout: String
    @Flag(help: "Judge what was recorded again, and compare.") var replay = false
    @OptionGroup var options: GlobalOptions

    func run() async throws {
        let connection = try await options.connect()
        let address = "/api/v1/rollouts/\(pathSegment(rollout))"
        if replay {
            let replayed: ReplayDocument = try await connection.client.get("\(address)/replay")
            try options.write(replayed, text: ReplayText.whole)
            guard !replayed.same else { return }
            throw Refusal(
                "replay_differs", "Judged again, \(rollout) does not come out as it was recorded.", exit: .checkFailed)
        }
        let document: RolloutDocument = try await connection.client.get(address)
        Terminal.line(options.json ? try JSON.text(document) : RolloutText.whole(document))
        let view = RolloutView(isJSON: options.json, isLive: false)
        for try await bytes in try await connection.client.lines("\(address)/events", query: []) {
            try view.tell(try RolloutLine(json: bytes))
        }
    }
}

enum ReplayText {
    static func whole(_ replay: ReplayDocument) -> String {
        var lines = ["\(replay.rollout): \(replay.looks) looks judged again"]
        for item in replay.verdicts {
            let mark = item.same ? Ink.good("the same to the bit") : Ink.bad("differs")
            lines.append("  \(item.signal) of \(item.service), record \(item.seq): \(spaced(item.verdict)): \(mark)")
            lines.append("    \(item.why)")
            lines += item.differences.map { "    \($0)" }
        }
        if replay.verdicts.isEmpty { lines.append("  No verdict decided anything.") }
        if let departure = replay.departure { lines.append(Ink.bad("  It leads elsewhere now: \(departure)")) }
        return lines.joined(separator: "\n")
    }
}
