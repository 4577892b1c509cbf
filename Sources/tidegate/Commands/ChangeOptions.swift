import ArgumentParser

/// What the commands take that change an environment and follow the change to its end.
struct ChangeOptions: ParsableArguments {
    @Option(help: "Why; kept on record.") var reason: String?
    @Flag(help: "Do not ask, even on a terminal.") var yes = false
    @Flag(help: "Start it and leave.") var noWait = false
    @OptionGroup var options: GlobalOptions

    /// Whether a person is there to be asked.
    var asks: Bool { !yes && !options.json && Terminal.canAsk }
}
