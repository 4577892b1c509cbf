import Definitions
import Rollouts
import Subprocess

/// Asks git who last changed a line of a definition. Where the project is no checkout, or git does not answer in time,
/// nothing is known, and nothing depends on it.
package actor LineHistory {
    /// How long git may take.
    private static let limit = Duration.seconds(2)

    private struct Question: Hashable {
        var file: String
        var line: Int
        var removed: String?
        var stamp: Timestamp?
    }

    private let project: String
    private let git: String
    private var known: [Question: (answer: DriftOrigin.History, at: Timestamp)] = [:]
    /// How long an answer that may change without the file being touched is believed.
    private static let trust = Duration.seconds(30)

    /// - Parameters:
    ///   - project: the project's folder.
    ///   - git: the program.
    package init(project: String, git: String = "git") {
        self.project = project
        self.git = git
    }

    /// The commit that last changed the line, or that it is not committed.
    package func history(of place: Place, now: Timestamp) async -> DriftOrigin.History {
        await remembered(Question(file: place.file, line: place.line), now) { question in
            let blame = await self.run([
                "blame", "--porcelain", "-L", "\(question.line),\(question.line)", "--", question.file,
            ])
            if let blame, blame.code == 0 { return Self.parse(porcelain: blame.output) }
            // A file that git does not follow has no line that it could blame anybody for.
            let followed = await self.run(["ls-files", "--error-unmatch", "--", question.file])
            return followed?.code == 1 ? .uncommitted : .unknown
        }
    }

    /// The commit that took the word out of the file, or that this is not committed.
    package func removal(of word: String, from file: String, now: Timestamp) async -> DriftOrigin.History {
        await remembered(Question(file: file, line: 0, removed: word), now) { question in
            let there = await self.run(["grep", "-q", "-F", "-e", word, "HEAD", "--", question.file])
            if there?.code == 0 { return .uncommitted }
            guard there?.code == 1 else { return .unknown }
            let log = await self.run(["log", "-1", "-S\(word)", "--format=%H%n%an%n%at%n%s", "--", question.file])
            guard let log, log.code == 0 else { return .unknown }
            let lines = log.output.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
            guard lines.count >= 4, let seconds = Int64(lines[2]) else { return .unknown }
            return .commit(
                .init(
                    id: lines[0], author: lines[1], subject: lines[3],
                    at: Timestamp(microseconds: seconds * 1_000_000)))
        }
    }

    private func remembered(
        _ question: Question, _ now: Timestamp, _ find: (Question) async -> DriftOrigin.History
    ) async -> DriftOrigin.History {
        var question = question
        question.stamp = FileStamp(path: "\(project)/\(question.file)")?.modified
        // An uncommitted line becomes a commit's without the file being touched.
        if let known = known[question] {
            if case .commit = known.answer { return known.answer }
            if now - known.at < Self.trust { return known.answer }
        }
        let answer = await find(question)
        if known.count > 1_000 { known = [:] }
        known[question] = (answer, now)
        return answer
    }

    /// The form is described in git-blame(1), "The porcelain format".
    static func parse(porcelain text: String) -> DriftOrigin.History {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        guard let id = lines.first?.split(separator: " ").first, id.count >= 40 else { return .unknown }
        if id.allSatisfy({ $0 == "0" }) { return .uncommitted }
        func field(_ name: String) -> String? {
            lines.first { $0.hasPrefix("\(name) ") }.map { String($0.dropFirst(name.count + 1)) }
        }
        guard let author = field("author"), let time = field("author-time").flatMap({ Int64($0) }) else {
            return .unknown
        }
        return .commit(
            .init(
                id: String(id), author: author, subject: field("summary") ?? "",
                at: Timestamp(microseconds: time * 1_000_000)))
    }

    private struct Ended: Sendable {
        var code: Int32
        var output: String
    }

    /// Nil when git could not be run, or took too long.
    private func run(_ arguments: [String]) async -> Ended? {
        let (git, project) = (git, project)
        return await withTaskGroup(of: Ended?.self) { group in
            group.addTask {
                do {
                    let result = try await Subprocess.run(
                        .name(git), arguments: Arguments(["-C", project] + arguments),
                        environment: .inherit.updating(Self.variables), output: .bytes(limit: 64 << 10),
                        error: .discarded)
                    guard case .exited(let code) = result.terminationStatus else { return nil }
                    return Ended(code: Int32(code), output: String(decoding: result.standardOutput, as: UTF8.self))
                } catch {
                    return nil  // There is no git, or it was cut short: then its history is unknown, as the type says.
                }
            }
            group.addTask {
                do { try await ContinuousClock().sleep(for: Self.limit) } catch { return nil }
                return nil
            }
            defer { group.cancelAll() }
            return await group.next() ?? nil
        }
    }

    /// Not the repository of whoever started the engine, no locks, no questions.
    private static let variables: [Subprocess.Environment.Key: String?] = [
        "GIT_DIR": nil, "GIT_WORK_TREE": nil, "GIT_INDEX_FILE": nil, "GIT_OPTIONAL_LOCKS": "0",
        "GIT_TERMINAL_PROMPT": "0",
    ]
}
