import CAllocations
import Definitions
import Foundation
import TestSupport

/// Hostile files by the hundred thousand through the reader and through whole validations: what a crash or a hang would
/// stop, and what they took.
struct FuzzRun {
    var count: Int
    var seed: UInt64
    /// What reading may take beyond ten times the file: libyaml's buffers and the tokens that it looks
    /// ahead, for the most part.
    private let readingAllowance = 256 * 1024
    private let secondsAllowed = 1.0

    private struct Worst {
        var value = 0.0
        var seed: UInt64 = 0
        var bytes = 0

        mutating func note(_ value: Double, seed: UInt64, bytes: Int) {
            if value > self.value { self = Worst(value: value, seed: seed, bytes: bytes) }
        }
    }

    /// Whether all was within bounds.
    func run() throws -> Bool {
        guard allocations_are_counted() else { throw Uncounted() }
        var (reading, validation, slowest) = (Worst(), Worst(), Worst())
        var (bytes, trees, failures) = (0, 0, 0)
        let start = ContinuousClock.now
        for index in 0..<count {
            let seed = seed &+ UInt64(index)
            var files = HostileYAML(seed: seed)
            let file = files.file()
            bytes += file.count
            let before = ContinuousClock.now
            var hasTree = false
            let took = measure { hasTree = YAMLDocument.parse(file, file: "environments/dev.yaml").root != nil }
            if hasTree { trees += 1 }
            let excess = Double(took - readingAllowance) / Double(max(1, file.count))
            reading.note(excess, seed: seed, bytes: file.count)
            if index % 8 == 0 {
                let took = try measure { try validate(file) }
                validation.note(Double(took) / Double(max(1024, file.count)), seed: seed, bytes: file.count)
            }
            let seconds = (ContinuousClock.now - before) / .seconds(1)
            slowest.note(seconds, seed: seed, bytes: file.count)
            if excess > 10 || seconds > secondsAllowed {
                failures += 1
                print("seed \(seed): \(took) bytes and \(seconds.rounded(3)) s for a file of \(file.count) bytes")
            }
        }
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        print("\(count) files of \(bytes) bytes from seed \(seed) in \(seconds.rounded(1)) s; \(trees) could be read")
        show("most memory beyond \(readingAllowance / 1024) KiB, by bytes of the file", reading)
        show("most memory of a whole validation, by bytes of a file of at least 1,024", validation)
        show("longest, in seconds", slowest)
        print("out of bounds: \(failures)")
        return failures == 0
    }

    private func show(_ what: String, _ worst: Worst) {
        print("\(what): \(worst.value.rounded(4)) (seed \(worst.seed), \(worst.bytes) bytes)")
    }

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
                "contracts/api.json": Array("{}".utf8),
            ])
        _ = try ProjectValidation(sources).validate(now: 1_783_000_000)
    }
}

struct Uncounted: Error, CustomStringConvertible {
    var description: String { "Allocations can be counted with glibc only; run this on Linux." }
}
