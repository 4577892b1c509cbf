import Foundation
import TestSupport

/// Measures what README.md reports.
///
///     benchmarks validation PROGRAMS PEERS  `tidegate validate` beside other checkers, whose programs are in PEERS
///     benchmarks [PROGRAMS]                 rollouts, one after the other in one run, by the programs in `.tidegate/bin`
///     benchmarks fuzz [COUNT] [SEED]        hostile files through the reader of definitions and through validation
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
        case "validation" where words.count == 3:
            let folders = words.dropFirst().map { URL(fileURLWithPath: $0).standardizedFileURL.path }
            try ValidationTimes(programs: folders[0], peers: folders[1]).measure()
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
