/// Reads commands: steps of a strategy, and hooks around stages.
struct CommandDecoder {
    func step(_ reader: YAMLReader) -> StrategyStep? {
        reader.mapping { run in command(run, "command").map(StrategyStep.run) } ?? nil
    }

    func hooks(_ reader: YAMLReader) -> [HookDefinition]? { reader.list(hook) }

    private func hook(_ reader: YAMLReader) -> HookDefinition? {
        reader.mapping { hook -> HookDefinition? in
            let before = hook.optional("before") { $0.choice(HookDefinition.Stage.self) }
            let after = hook.optional("after") { $0.choice(HookDefinition.Stage.self) }
            let service = hook.optional("service") { $0.name() }
            guard let command = command(hook, "run") else { return nil }
            switch (before, after) {
            case (let stage?, nil):
                return HookDefinition(moment: .before, stage: stage, service: service, command: command)
            case (nil, let stage?):
                return HookDefinition(moment: .after, stage: stage, service: service, command: command)
            default:
                guard hook.has("before") == hook.has("after") else { return nil }
                return reader.wrong("either `before` or `after` with a stage", example: "- before: migrating")
            }
        } ?? nil
    }

    private func command(_ reader: YAMLMappingReader, _ key: String) -> CommandDefinition? {
        let name = reader.optional("name") { $0.string() }
        let within = reader.optional("within") { positive($0) } ?? .seconds(60)
        let again = reader.optional("again") { positive($0) } ?? .seconds(5)
        let retry = reader.optional("retry") { positive($0) }
        let undo = reader.optional("undo", words)
        let otherwise = reader.optional("otherwise") { $0.choice(CommandDefinition.Otherwise.self) } ?? .rollback
        guard let command = reader.required(key, words) else { return nil }
        return CommandDefinition(
            name: name ?? program(command), command: command, within: within, again: again, retry: retry, undo: undo,
            otherwise: otherwise)
    }

    private func program(_ command: [String]) -> String {
        String(command[0].split(separator: "/").last ?? Substring(command[0]))
    }

    private func words(_ reader: YAMLReader) -> [String]? {
        guard let words = reader.list({ $0.string() }) else { return nil }
        guard let program = words.first, !program.isEmpty else {
            return reader.wrong("a program and its arguments", example: "[scripts/warm-up.sh, --all]")
        }
        return words
    }

    private func positive(_ reader: YAMLReader) -> Duration? {
        guard let duration = reader.duration() else { return nil }
        return duration > .zero && duration <= .seconds(86_400)
            ? duration : reader.wrong("longer than nothing, and at most a day", example: "30s")
    }
}
