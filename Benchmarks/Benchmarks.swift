import Foundation
import TestSupport

/// Measures what README.md reports.
///
///     benchmarks validation PROGRAMS PEERS  `tidegate validate` beside other checkers, whose programs are in PEERS
///     benchmarks [PROGRAMS]                 rollouts, one after the other in one run, by the programs in `.tidegate/bin`
///     benchmarks rollback FOLDER [RUNS HEALTHY]
///                                           streams of traffic under Tidegate's judge and under its peers' policies: prints the
///                                           tables, and writes rollback.json and plots/*.svg into FOLDER
///     benchmarks plots FOLDER               draws the plots again, from FOLDER/rollback.json
///     benchmarks engine                     the engine with many rollouts at once, and a long journal
///     benchmarks stack PROGRAMS [ROUNDS RATE]
///                                           the real stack under load: rollouts and rollbacks that may lose no request, and how
///                                           soon a bad release is gone
///     benchmarks capacity PROGRAMS RATE…    how many requests a second the real stack bears
///     benchmarks pipeline PROGRAMS PEERS SCRIPTS
///                                           the bundled API and its queue beside others, whose programs are in PEERS; SCRIPTS is
///                                           Benchmarks/pipeline
///     benchmarks documents PROGRAMS [COUNT] documents through real processes: throughput by workers, and memory while COUNT
///                                           (10,000) pass
///     benchmarks ledger SCRIPTS [SECONDS]   holds and postings, batched and not, beside pgbench; SCRIPTS is Benchmarks/ledger
///     benchmarks fuzz [COUNT] [SEED]        hostile files through the reader of definitions and through validation
///     benchmarks simulate COUNT FIRST storm|duel 0|1
///                                           the engine in so many simulated worlds (Tests/SimulatedWorld), from a seed on; 1
///                                           tells what happened in those that fail
///     benchmarks hostile SEED               the file that fuzzing makes of a seed
///     benchmarks project FOLDER VARIABLES [mistakes]
///                                           a project of so many variables, for `tidegate validate` and its peers
@main
struct Benchmarks {
    static func main() async throws {
        let words = Array(CommandLine.arguments.dropFirst())
        switch words.first {
        case "fuzz": try fuzz(words.dropFirst().map { UInt64($0) })
        case "hostile" where words.count == 2:
            guard let seed = UInt64(words[1]) else { throw WrongUse(word: words[1]) }
            var files = HostileYAML(seed: seed)
            FileHandle.standardOutput.write(Data(files.file()))
        case "simulate": if try await !SeedRun(Array(words.dropFirst())).run() { exit(1) }
        case "validation" where words.count == 3:
            let folders = words.dropFirst().map { URL(fileURLWithPath: $0).standardizedFileURL.path }
            try ValidationTimes(programs: folders[0], peers: folders[1]).measure()
        case "rollback" where words.count == 2 || words.count == 4: try await rollback(words)
        case "plots" where words.count == 2: try plot(RollbackFigures.read("\(words[1])/rollback.json"), words[1])
        case "engine" where words.count == 1: try await engine()
        case "stack" where words.count == 2 || words.count == 4: try await stack(words)
        case "capacity" where words.count > 2:
            try await StackBenchmark(programs: absolute(words[1])).capacity(words.dropFirst(2).map { try number($0) })
        case "pipeline" where words.count == 4:
            try await PipelineBenchmark(
                programs: absolute(words[1]), peers: absolute(words[2]), scripts: absolute(words[3])
            ).measure()
        case "documents" where words.count == 2 || words.count == 3:
            let documents = DocumentTimes(programs: absolute(words[1]), postgres: try await PostgresServer.own())
            try await documents.growth(workers: [1, 2], canned: false)
            print("")
            try await documents.growth(workers: [1, 2, 4], canned: true)
            print("")
            try await documents.passage(of: words.count == 3 ? number(words[2]) : 10_000)
        case "ledger" where words.count == 2 || words.count == 3:
            try await LedgerBenchmark(
                scripts: absolute(words[1]), seconds: words.count == 3 ? Double(number(words[2])) : 10
            ).measure()
        case "project" where words.count >= 3:
            try ValidationProject(variables: Int(words[2]) ?? 500, hasMistakes: words.dropFirst(3).first == "mistakes")
                .write(to: URL(fileURLWithPath: words[1]))
        case nil: try await rollouts(".tidegate/bin")
        case let folder? where words.count == 1 && folder.contains("/"): try await rollouts(folder)
        case let word?: throw WrongUse(word: word)
        }
    }

    private static func fuzz(_ numbers: [UInt64?]) throws {
        let count = numbers.first.flatMap { $0 } ?? 100_000
        let seed = numbers.dropFirst().first.flatMap { $0 } ?? 1
        guard try FuzzRun(count: Int(count), seed: seed).run() else { exit(1) }
    }

    private static func absolute(_ folder: String) -> String { URL(fileURLWithPath: folder).standardizedFileURL.path }

    private static func number(_ word: String) throws -> Int {
        guard let number = Int(word), number > 0 else { throw WrongUse(word: word) }
        return number
    }

    private static func stack(_ words: [String]) async throws {
        let benchmark = StackBenchmark(programs: absolute(words[1]))
        let (rounds, rate) = words.count == 4 ? (try number(words[2]), try number(words[3])) : (50, 500)
        try await benchmark.reactions(20)
        print("")
        try await benchmark.rounds(rounds, rate: rate)
    }

    private static func rollback(_ words: [String]) async throws {
        var benchmark = RollbackBenchmark()
        if words.count == 4 {
            guard let runs = Int(words[2]), let healthy = Int(words[3]) else { throw WrongUse(word: words[2]) }
            (benchmark.runs, benchmark.healthyRuns) = (runs, healthy)
        }
        let start = ContinuousClock.now
        let figures = await benchmark.measure { FileHandle.standardError.write(Data("\($0)\n".utf8)) }
        print(RollbackTables(figures: figures).markdown)
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        print("\nSeed \(figures.seed), \(seconds.rounded(0)) s.")
        try figures.write(to: "\(words[1])/rollback.json")
        try plot(figures, words[1])
    }

    private static func plot(_ figures: RollbackFigures, _ folder: String) throws {
        for (name, text) in RollbackPlots(figures: figures).files {
            try Data(text.utf8).write(to: URL(fileURLWithPath: "\(folder)/plots/\(name)"))
        }
    }

    private static func engine() async throws {
        print(
            "| Rollouts judged at once | Processor a look | Of one core | Looks made of those due |\n|---|---|---|---|")
        for rollouts in [10, 100, 1_000] {
            let costs = try await EngineCosts.measure(rollouts: rollouts)
            let (perLook, load) = ((costs.perLook * 1_000).rounded(2), (costs.load * 100).rounded(1))
            print("| \(rollouts) | \(perLook) ms | \(load) % | \(costs.made) of \(costs.due) |")
        }
        let journal = try await JournalCosts.measure()
        print("\n| Journal | Result |\n|---|---|")
        row("one look's record", "\(journal.entryBytes.rounded(0)) bytes")
        row("the database grows by, a look", "\(journal.fileBytes.rounded(0)) bytes")
        row("the same in an hour of judging, a service", "\((journal.fileBytes * 1_800 / 1e6).rounded(1)) MB")
        row("processor to record a look", "\(journal.step.rounded(2)) ms")
        for resume in journal.resumes {
            row("folding \(resume.events) events, all of them", "\(resume.foldAll.rounded(0)) ms")
            row("folding \(resume.events) events from the last snapshot", "\(resume.fold.rounded(0)) ms")
        }
        row("`resumeAll` after \(journal.resumes.last?.events ?? 0) events", "\(journal.resumeAll.rounded(0)) ms")
    }

    private static func load(_ programs: String) async throws {
        let load = try await LoadTimes.measure(programs: programs)
        row(
            "requests failed, of \(load.sent) at \(load.rate) a second, during a rollout and a rollback",
            "\(load.failed)")
        row("their latency, p50 and p99", "\(load.p50.rounded(1)) ms, \(load.p99.rounded(1)) ms")
    }

    private static func rollouts(_ programs: String) async throws {
        let absolute = URL(fileURLWithPath: programs).standardizedFileURL.path
        print("| What | Result |\n|---|---|")
        let rollout = try await RolloutTimes.measure(programs: absolute)
        row("rollout of two services, minus the \(rollout.bake) s of bake asked for", rollout.time)
        row("memory of `tidegate serve`, idle with two services steady (PSS)", rollout.memory)
        let fault = try await FaultTimes.measure(programs: absolute)
        row("from the first bad answer to weight 0", fault.time)
        row("requests failed until then, of \(fault.sent) sent at \(fault.rate) a second", "\(fault.failed)")
        try await load(absolute)
    }

    static func row(_ what: String, _ result: String) { print("| \(what) | \(result) |") }
}

struct WrongUse: Error, CustomStringConvertible {
    let word: String
    var description: String { "`\(word)` is not understood here; Benchmarks.swift says what is." }
}

extension Double {
    /// With so many digits after the point.
    func rounded(_ digits: Int) -> String { String(format: "%.\(digits)f", self) }
}
