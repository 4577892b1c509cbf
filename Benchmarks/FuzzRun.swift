import CAllocations
import Contract
import Definitions
import Foundation
import TestSupport

/// Hostile files by the hundred thousand through the reader and through whole validations: what a crash or a hang would
/// stop, and what they took.
struct FuzzRun {
    let count: Int
    let seed: UInt64
    /// What reading may take beyond ten times the file: libyaml's buffers, and what it keeps of the 1,024 characters that it
    /// looks ahead, each of which may open a list.
    private let readingAllowance = 384 * 1024
    /// Of the processor, so that other programs do not count.
    private let secondsAllowed = 1.0

    /// Of the service and the names that the hostile files like to use, so that rules over values look too.
    private let contract: [UInt8]

    init(count: Int, seed: UInt64) throws {
        (self.count, self.seed) = (count, seed)
        let names: [(String, VariableKind)] = [("PORT", .integer), ("MODE", .string), ("NOTE", .string), ("A", .url)]
        contract = try ArtifactContract(
            service: "api",
            variables: names.map { VariableDeclaration(name: $0, kind: $1, summary: "any") }
                + [VariableDeclaration(name: "TOKEN", kind: .string, summary: "key", required: true, secret: true)],
            portVariable: "PORT", paths: ContractPaths(liveness: "/live", readiness: "/ready"),
            startBudgetSeconds: 10, drainSeconds: 5
        ).json()
    }

    private struct Worst {
        var value = 0.0
        var seed: UInt64 = 0
        var bytes = 0

        mutating func note(_ value: Double, seed: UInt64, bytes: Int) {
            if value > self.value { self = Worst(value: value, seed: seed, bytes: bytes) }
        }
    }

    private struct Totals {
        var (reading, ofLarge, validation, slowest) = (Worst(), Worst(), Worst(), Worst())
        var (bytes, trees, failures) = (0, 0, 0)
    }

    /// Whether all was within bounds.
    func run() throws -> Bool {
        guard allocations_are_counted() else { throw Uncounted() }
        var totals = Totals()
        let start = processorSeconds
        for index in 0..<count {
            let seed = seed &+ UInt64(index)
            // The file that a crash or a hang is about is among the next ten thousand.
            if index % 10_000 == 0 { FileHandle.standardError.write(Data("from seed \(seed) on …\n".utf8)) }
            try run(seed, &totals)
        }
        let seconds = processorSeconds - start
        print("\(count) files of \(totals.bytes) bytes from seed \(seed) in \(seconds.rounded(1)) s of processor time;")
        print("\(totals.trees) could be read; out of bounds: \(totals.failures)")
        show("most memory of reading beyond \(readingAllowance / 1024) KiB, by bytes of the file", totals.reading)
        show("most memory of reading, by bytes of a file of at least 64 KiB, nothing taken off", totals.ofLarge)
        show("most memory of a whole validation, KiB", totals.validation)
        show("longest, reading and validation together, seconds", totals.slowest)
        return totals.failures == 0
    }

    private func run(_ seed: UInt64, _ totals: inout Totals) throws {
        var files = HostileYAML(seed: seed)
        let file = files.file()
        totals.bytes += file.count
        let before = processorSeconds
        var document: YAMLDocument?
        let took = measure { document = YAMLDocument.parse(file, file: "environments/dev.yaml") }
        let isSaid = document.map { $0.root != nil || !$0.findings.isEmpty } ?? false
        if document?.root != nil { totals.trees += 1 }
        document = nil
        let whole = try measure { try validate(file) }
        let seconds = processorSeconds - before
        let excess = Double(took - readingAllowance) / Double(max(1, file.count))
        totals.reading.note(excess, seed: seed, bytes: file.count)
        if file.count >= 64 * 1024 {
            totals.ofLarge.note(Double(took) / Double(file.count), seed: seed, bytes: file.count)
        }
        totals.validation.note(Double(whole) / 1024, seed: seed, bytes: file.count)
        totals.slowest.note(seconds, seed: seed, bytes: file.count)
        if excess > 10 || seconds > secondsAllowed || !isSaid {
            totals.failures += 1
            let outcome = isSaid ? "" : ", and neither a tree nor a finding"
            print("seed \(seed): \(took) bytes, \(seconds.rounded(3)) s for a file of \(file.count) bytes\(outcome)")
        }
    }

    private func show(_ what: String, _ worst: Worst) {
        print("\(what): \(worst.value.rounded(4)) (seed \(worst.seed), \(worst.bytes) bytes)")
    }

    private var processorSeconds: Double { Double(clock()) / Double(CLOCKS_PER_SEC) }

    /// The most that was held at a time beyond what was held before.
    private func measure(_ body: () throws -> Void) rethrows -> Int {
        let before = allocations_live()
        allocations_reset_peak()
        try body()
        return allocations_peak() - before
    }

    private func validate(_ file: [UInt8]) throws {
        let sources = ProjectSources(
            project: "/project",
            files: [
                "environments/dev.yaml": file,
                "environments/production.yaml": Array("environment: production\nextends: dev.yaml\n".utf8),
                "contracts/api.json": contract,
            ])
        _ = try ProjectValidation(sources).validate(now: 1_783_000_000)
    }
}

struct Uncounted: Error, CustomStringConvertible {
    var description: String { "Allocations can be counted with glibc only; run this on Linux." }
}
