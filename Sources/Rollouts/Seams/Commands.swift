/// Runs the programs that strategies and hooks name.
package protocol Commands: Sendable {
    /// Runs the program once, with everything that it starts ended at the limit or when the task is cancelled.
    func run(_ request: CommandRequest) async -> CommandReport
}

package struct CommandRequest: Sendable, Equatable {
    /// The program and its arguments.
    package var command: [String]
    /// What it is told in its environment, besides what every program gets.
    package var variables: [String: String]
    /// The bundle whose secrets are masked in what it writes.
    package var bundle: Digest
    package var limit: Duration

    package init(command: [String], variables: [String: String], bundle: Digest, limit: Duration) {
        self.command = command
        self.variables = variables
        self.bundle = bundle
        self.limit = limit
    }
}

/// How one run ended.
package struct CommandReport: Codable, Sendable, Equatable {
    /// "Not yet": `EX_TEMPFAIL` of sysexits.h.
    package static let notYet: Int32 = 75

    /// Nil when it did not end by itself.
    package var code: Int32?
    /// Why it did not, in words.
    package var failure: String?
    /// The last lines that it wrote, secrets masked.
    package var output: [String]

    package init(code: Int32?, failure: String? = nil, output: [String] = []) {
        self.code = code
        self.failure = failure
        self.output = output
    }
}

/// Runs nothing: an engine that was given no way to.
package struct NoCommands: Commands {
    package init() {}

    package func run(_ request: CommandRequest) async -> CommandReport {
        CommandReport(code: nil, failure: "this engine runs no commands")
    }
}
