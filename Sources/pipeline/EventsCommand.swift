import ArgumentParser
import Documents
import Foundation
import Storage

struct EventsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "events", abstract: "Job events that no receiver took. Reads UPLOAD_PIPELINE_DATABASE_URL.",
        subcommands: [List.self, Replay.self])

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show the dead letters, oldest first, and why each receiver did not take them.",
            discussion: "Example: pipeline events list --json")

        @Option(help: "At most so many.") var limit = 100
        @Flag(help: "One JSON object a line.") var json = false

        func run() async throws {
            guard limit > 0 else { throw ValidationError("--limit must be 1 or more.") }
            try await UserCommand.withDatabase { database in
                let limit = limit
                let letters = try await database.read { try EventDeadLetters.list(limit: limit, on: $0) }
                for letter in letters { print(json ? try Self.object(letter) : Self.line(letter)) }
                if letters.isEmpty, !json { print("There are no dead letters.") }
            }
        }

        private static func object(_ letter: EventDeadLetter) throws -> String {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            return String(decoding: try encoder.encode(letter), as: UTF8.self)
        }

        private static func line(_ letter: EventDeadLetter) -> String {
            let time = Date(timeIntervalSince1970: Double(letter.diedAt) / 1e6).formatted(.iso8601)
            return "\(time)  \(letter.event)  \(letter.receiver)  \(letter.attempts) attempts  \(letter.reason)"
        }
    }

    struct Replay: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Send dead letters again.",
            discussion: """
                Each job's later events follow once more, in order and with the ids that they had, so that a receiver can drop \
                what it has seen. When a receiver's address was corrected, its letters go to the new one with --to, and so does \
                what is still on its way to the old one. Example: pipeline events replay --all
                """)

        @Argument(help: "The events' ids, as the list shows them.") var events: [String] = []
        @Flag(help: "All of them.") var all = false
        @Option(
            help: ArgumentHelp(
                "Send those of receivers that nobody serves any more to this one.", valueName: "receiver"))
        var to: String?

        func validate() throws {
            guard all != !events.isEmpty else { throw ValidationError("Name events, or say --all.") }
        }

        func run() async throws {
            try await UserCommand.withDatabase { database in
                let (chosen, target, now) = (all ? nil : Set(events), to, WallClock.microseconds())
                let count = try await database.write {
                    try EventDeadLetters.replay(chosen, to: target, now: now, on: $0)
                }
                guard count > 0 || all else {
                    throw ValidationError("No dead letter has such an id; `pipeline events list` shows them.")
                }
                print("\(count) dead letters are sent again by the workers.")
            }
        }
    }
}
