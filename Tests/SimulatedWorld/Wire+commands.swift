import Rollouts

/// Programs of the project, each with one answer for ever.
extension Wire: Commands {
    func run(_ request: CommandRequest) async -> CommandReport {
        let words = request.command.joined(separator: " ")
        do {
            let code = try await call("runs \(words)") {
                self.world.executed.append(words)
                self.world.commands[request.variables["TIDEGATE_ROLLOUT"] ?? "", default: []].append(words)
                return self.world.programs[words] ?? 0
            }
            return CommandReport(code: code)
        } catch {
            return CommandReport(code: nil, failure: "\(error)")
        }
    }
}
