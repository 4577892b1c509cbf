import ArgumentParser
import ControlPlane
import Definitions
import Secrets

struct SecretsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "secrets",
        abstract: "Where secrets come from, whether they can be had, and new ones. Never a value.",
        subcommands: [List.self, Check.self, Set.self, Rotate.self])

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "list",
            abstract: "Names, sources, ages and who reads them; asks no provider.",
            discussion: "Example: tidegate secrets list staging")
        @Argument(help: "The environment.") var environment: String
        @OptionGroup var options: GlobalOptions

        func run() async throws {
            let secrets: [SecretDocument] = try await options.connect().client.get(SecretsCommand.path(environment))
            try options.write(secrets, text: SecretText.list)
        }
    }

    struct Check: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "check",
            abstract: "Fetch every secret, and say what is wrong with it.",
            discussion: """
                Nothing is changed. Exit 3 when one cannot be had, 4 when one has a value that a rollout would refuse. \
                Example: tidegate secrets check production
                """)
        @Argument(help: "The environment.") var environment: String
        @OptionGroup var options: GlobalOptions

        func run() async throws {
            let connection = try await options.connect()
            let body = SecretsBody(secrets: try await connection.carriedSecrets(for: environment))
            let checks: [SecretCheckDocument] = try await connection.client.post(
                "\(SecretsCommand.path(environment))/check", body)
            try options.write(checks, text: SecretText.checks)
            let states = checks.map(\.state)
            if states.contains(.unreachable) { throw ExitCode(ExitStatus.unreachable.rawValue) }
            if states.contains(.wrong) { throw ExitCode(ExitStatus.checkFailed.rawValue) }
        }
    }

    struct Set: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "set",
            abstract: "Write a new value where the secret comes from; it is rolled out by the next rollout.",
            discussion: """
                The value is read from standard input, without echo on a terminal; one line end at its end is not part of \
                it. Example: tidegate secrets set staging UPLOAD_PIPELINE_OPENAI_API_KEY < key.txt
                """)
        @Argument(help: "The environment.") var environment: String
        @Argument(help: "The variable; service/NAME for a service's own.") var name: String
        @Argument(help: .hidden) var rest: [String] = []
        @OptionGroup var options: GlobalOptions

        func validate() throws { try SecretInput.refuseArguments(rest, "tidegate secrets set \(environment) \(name)") }

        func run() async throws {
            let connection = try await options.connect()
            try await SecretsCommand.expect(name, in: environment, connection)
            let value = try SecretInput.read(asking: "The new value of \(name)")
            let body = SecretChangeBody(
                name: name, value: value, secrets: try await connection.carriedSecrets(for: environment))
            let secret: SecretDocument = try await connection.client.post(
                "\(SecretsCommand.path(environment))/set", body)
            try options.write(secret) {
                "\($0.name) has a new value in \($0.source). What runs keeps the old one until: tidegate rollout "
                    + "\(environment) --release …"
            }
        }
    }

    /// Refuses a name that the environment does not have, before anybody is asked for a value.
    static func expect(_ name: String, in environment: String, _ connection: Connection) async throws {
        let secrets: [SecretDocument] = try await connection.client.get(path(environment))
        guard secrets.contains(where: { $0.name == name }) else {
            throw Refusal.unknownSecret(name, in: environment, known: secrets.map(\.name))
        }
    }

    static func path(_ environment: String) -> String { "/api/v1/environments/\(pathSegment(environment))/secrets" }
}

extension SecretsCommand {
    struct Rotate: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "rotate",
            abstract: "Make a new value, roll it out, and only then retire the old one.",
            discussion: """
                The running release is rolled out with it. If that is taken back, the source holds the old value again. \
                Signing keys rotate as a set: both are accepted, then the new one signs, and after --keep-old the engine \
                retires the old one by itself. Ctrl-C stops following; the rotation goes on. Exit 0 rotated, or only the \
                retiring is left; 4 stuck; 5 taken back. Example: tidegate secrets rotate staging UPLOAD_PIPELINE_JWT_SECRET
                """)
        @Argument(help: "The environment.") var environment: String
        @Argument(help: "The variable; service/NAME for a service's own.") var name: String
        @Flag(help: "Read the new value from standard input instead of making one.") var stdin = false
        @Option(help: "How long the old signing key stays accepted: what the longest-lived token has (default: 24h).")
        var keepOld: String?
        @Flag(help: "Stop accepting the old signing key now.") var retire = false
        @Flag(help: "Begin it and leave.") var noWait = false
        @Argument(help: .hidden) var rest: [String] = []
        @OptionGroup var options: GlobalOptions

        func validate() throws {
            try SecretInput.refuseArguments(rest, "tidegate secrets rotate \(environment) \(name) --stdin")
        }

        func run() async throws {
            let connection = try await options.connect()
            try await SecretsCommand.expect(name, in: environment, connection)
            let keep = try keepOld.map { text in
                guard let duration = Quantity.duration(text) else {
                    throw ValidationError("--keep-old takes a duration such as 15m, not \(text).")
                }
                return Int64(duration.components.seconds)
            }
            let value = stdin ? try SecretInput.read(asking: "The new value of \(name)") : nil
            let body = SecretChangeBody(
                name: name, value: value, secrets: try await connection.carriedSecrets(for: environment),
                keepOldSeconds: keep, retire: retire ? true : nil)
            let rotation: RotationDocument = try await connection.client.post(
                "\(SecretsCommand.path(environment))/rotate", body)
            if noWait { return try options.write(rotation) { "Rotation \($0.id): \($0.text)." } }
            try await follow(rotation, connection)
        }

        private func follow(_ rotation: RotationDocument, _ connection: Connection) async throws {
            let view = RotationView(isJSON: options.json)
            let ended = try await Interruption.leaving {
                var last = rotation
                try view.tell(last)
                while !RotationView.isAtRest(last) {
                    try await ContinuousClock().sleep(for: .milliseconds(500))
                    let next = try await asked(last.id, connection)
                    if next != last { try view.tell(next) }
                    last = next
                }
                return last
            }
            guard let ended else {
                throw Refusal(
                    "interrupted", "No longer following; the rotation goes on: tidegate secrets list \(environment)",
                    exit: .interrupted)
            }
            switch ended.phase {
            case Rotation.Phase.stuck.rawValue: throw ExitCode(ExitStatus.checkFailed.rawValue)
            case Rotation.Phase.takenBack.rawValue: throw ExitCode(ExitStatus.rolledBack.rawValue)
            default: break
            }
        }

        /// The rotation as it is now, also when the engine went away and has to be started again.
        private func asked(_ id: String, _ connection: Connection) async throws -> RotationDocument {
            do {
                return try await connection.client.get("/api/v1/rotations/\(pathSegment(id))")
            } catch let refusal as Refusal where refusal.code == "unreachable" {
                try await connection.revive()
                return try await connection.client.get("/api/v1/rotations/\(pathSegment(id))")
            }
        }
    }
}

/// Writes how a rotation goes, a line a change.
struct RotationView: Sendable {
    let isJSON: Bool

    func tell(_ rotation: RotationDocument) throws {
        Terminal.line(isJSON ? try JSON.text(rotation) : "\(rotation.name): \(rotation.text)")
    }

    /// Whether nothing happens any more without a person or the timer.
    static func isAtRest(_ rotation: RotationDocument) -> Bool {
        let phases: [Rotation.Phase] = [.done, .takenBack, .stuck, .waiting]
        return phases.map(\.rawValue).contains(rotation.phase)
    }
}
