import Foundation
import Testing

private let repository = Repository()

/// Modules that come with the toolchain.
private let toolchain: Set<String> = [
    "Foundation", "FoundationEssentials", "Glibc", "Darwin", "Synchronization", "Testing", "Dispatch", "RegexBuilder",
    "XCTest",
]

@Suite(.timeLimit(.minutes(2))) struct `The code` {
    @Test func `imports only what the manifest names for the target`() throws {
        let manifest = Manifest(try repository.text("Package.swift"))
        #expect(manifest.targets.count > 40)
        for target in manifest.targets where target.kind != .system {
            for file in try repository.files(target.folder, suffix: ".swift") {
                for module in try repository.imports(file) where !toolchain.contains(module) {
                    #expect(
                        target.allowed.contains(module), "\(file) imports \(module), which its target does not name")
                }
            }
        }
    }

    @Test func `names no target that nobody imports or includes`() throws {
        for target in Manifest(try repository.text("Package.swift")).targets where target.kind != .system {
            let files = try repository.files(target.folder, suffix: ".swift")
            #expect(!files.isEmpty || target.name.hasPrefix("C"), "\(target.name) has no sources in \(target.folder)")
            let included = try repository.files(target.folder, suffix: ".c").flatMap { try repository.includes($0) }
            let used = Set(try files.flatMap { try repository.imports($0) } + included)
            for name in target.allowed.sorted() {
                #expect(used.contains(name), "\(target.name) names \(name), and no file imports it")
            }
        }
    }

    @Test(arguments: ["Sources", "Tests", "Benchmarks"])
    func `keeps files under 400 lines and functions under 71`(folder: String) throws {
        for file in try repository.files(folder, suffix: ".swift") {
            let lines = try repository.lines(file)
            #expect(lines.count <= 400, "\(file) has \(lines.count) lines")
            for function in FunctionLength.all(lines) where function.length > 70 {
                Issue.record("\(file):\(function.line) has \(function.length) lines: \(function.signature)")
            }
        }
    }

    @Test func `is measured function by function`() {
        let text = """
            protocol P {
                func required()
            }
            struct S {
                func short() { 1 }
                private static func long(
                    of value: Int
                ) throws -> Int {
                    if true {
                    }
                    return 2
                }
            }
            """
        let found = FunctionLength.all(text.split(separator: "\n", omittingEmptySubsequences: false))
        #expect(found.map(\.line) == [6])
        #expect(found.map(\.length) == [7])
    }

    /// What takes its inputs as values knows no clock, no network and no files. `Analysis` may import the C library, because
    /// logarithms live there; what else is in it is named here.
    @Test(arguments: ["Sources/Contract", "Sources/Definitions", "Sources/Analysis", "Sources/Rollouts/Machine"])
    func `keeps pure code free of clocks, files and connections`(folder: String) throws {
        var forbidden = [
            "Date()", "Task.sleep", "ContinuousClock", "SuspendingClock", "FileManager", "URLSession", "ProcessInfo",
            "random(in:", "clock_gettime", "gettimeofday", "time(nil)", "fopen(", "socket(", "getenv(",
        ]
        if folder != "Sources/Analysis" { forbidden.append("import Glibc") }
        for file in try repository.files(folder, suffix: ".swift") { try expectNone(of: forbidden, in: file) }
    }

    @Test func `crashes on no input and waits for no time`() throws {
        for file in try repository.files("Sources", suffix: ".swift") {
            try expectNone(of: ["fatalError(", "try!", "as!", "Thread.sleep", "usleep("], in: file)
        }
    }

    @Test func `gives the reason for every unchecked Sendable on the line above`() throws {
        for file in try repository.files("Sources", suffix: ".swift") {
            let lines = try repository.lines(file)
            for (index, line) in lines.enumerated() where line.contains("@unchecked Sendable") {
                let above = index > 0 ? lines[index - 1].trimmingCharacters(in: .whitespaces) : ""
                let explained = above.hasPrefix("//") || line.contains("//")
                #expect(explained, "\(file):\(index + 1) gives no reason")
            }
        }
    }

    /// What a module reads it declares in the same breath (`SettingsReader`): nothing else of it sees its environment.
    @Test(arguments: ["Sources/API", "Sources/Worker", "Sources/Documents", "Sources/Ledger"])
    func `lets modules read what they have declared, and nothing else`(folder: String) throws {
        let files = try repository.files(folder, suffix: ".swift")
        #expect(!files.isEmpty)
        for file in files {
            try expectNone(of: ["ProcessInfo", "getenv("], in: file)
            guard !["SettingsReader.swift", "InstanceIdentity.swift"].contains(where: file.hasSuffix) else { continue }
            try expectNone(of: ["environment["], in: file)
        }
    }

    private func expectNone(of calls: [String], in file: String) throws {
        let code = try repository.code(file)
        for call in calls {
            // Whole words only: `myTask.sleep` is another function.
            let used = code.ranges(of: call).contains { range in
                guard range.lowerBound > code.startIndex else { return true }
                let before = code[code.index(before: range.lowerBound)]
                return !(before.isLetter || before.isNumber || before == "_")
            }
            #expect(!used, "\(file) uses \(call)")
        }
    }
}
