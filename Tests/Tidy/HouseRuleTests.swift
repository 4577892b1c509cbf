import Foundation
import Testing

private let repository = Repository()

/// Modules that come with the toolchain.
private let toolchain: Set<String> = [
    "Foundation", "FoundationEssentials", "Glibc", "Synchronization", "Testing", "Dispatch", "RegexBuilder",
]
/// What takes its inputs as values, and so may know no clock, no network and no files.
private let pure = ["Sources/Contract", "Sources/Definitions", "Sources/Analysis", "Sources/Rollouts/Machine"]

@Suite(.timeLimit(.minutes(2))) struct `The house` {
    @Test func `imports only what the manifest names for the target`() throws {
        let manifest = try Manifest.read(repository)
        #expect(manifest.targets.count > 20)
        for target in manifest.targets where target.type != "system" {
            for file in try repository.files(target.folder, suffix: ".swift") {
                for module in imports(try repository.text(file)) where !toolchain.contains(module) {
                    #expect(target.allowed.contains(module), "\(file) imports \(module), which its target does not name")
                }
            }
        }
    }

    @Test func `names no target that nobody imports`() throws {
        for target in try Manifest.read(repository).targets where target.type == "regular" || target.type == "executable" {
            let used = Set(try repository.files(target.folder, suffix: ".swift").flatMap { imports(try repository.text($0)) })
            for name in target.allowed.sorted() {
                #expect(used.contains(name), "\(target.name) names \(name), and no file imports it")
            }
        }
    }

    @Test func `keeps files under 400 lines and lines under 121 characters`() throws {
        for file in try repository.files("Sources", suffix: ".swift") {
            let lines = try repository.text(file).split(separator: "\n", omittingEmptySubsequences: false)
            #expect(lines.count <= 400, "\(file) has \(lines.count) lines")
        }
    }

    @Test func `keeps pure code free of clocks, files and connections`() throws {
        let forbidden = [
            "Date()", "Task.sleep", "ContinuousClock", "SuspendingClock", "FileManager", "URLSession", "import Glibc",
            "ProcessInfo", "random(in:",
        ]
        for folder in pure {
            for file in try repository.files(folder, suffix: ".swift") {
                let code = withoutComments(try repository.text(file))
                for call in forbidden { #expect(!code.contains(call), "\(file) uses \(call)") }
            }
        }
    }

    @Test func `crashes on no input, hides no cause and waits for no time`() throws {
        let forbidden = ["fatalError(", "try!", "as!", "Thread.sleep", "usleep("]
        for file in try repository.files("Sources", suffix: ".swift") {
            let code = withoutComments(try repository.text(file))
            for call in forbidden { #expect(!code.contains(call), "\(file) uses \(call)") }
        }
    }

    @Test func `gives the reason for every unchecked Sendable on the line above`() throws {
        for file in try repository.files("Sources", suffix: ".swift") {
            let lines = try repository.text(file).split(separator: "\n", omittingEmptySubsequences: false)
            for (index, line) in lines.enumerated() where line.contains("@unchecked Sendable") {
                let above = index > 0 ? lines[index - 1].trimmingCharacters(in: .whitespaces) : ""
                #expect(above.hasPrefix("//") || line.contains("//"), "\(file):\(index + 1) gives no reason")
            }
        }
    }

    @Test func `links to pages and headings that exist`() throws {
        let pages = try repository.files(".", suffix: ".md")
        #expect(pages.count > 4)
        for page in pages {
            let folder = (page as NSString).deletingLastPathComponent
            for link in links(try repository.text(page)) where !link.contains("://") && !link.hasPrefix("#") {
                let path = (folder as NSString).appendingPathComponent(String(link.split(separator: "#")[0]))
                #expect(repository.exists((path as NSString).standardizingPath), "\(page) links to \(link)")
            }
        }
    }

    @Test func `gives every alert a runbook that exists and names it as a trigger`() throws {
        let conditions = try repository.text("Sources/Operations/Alerts/AlertConditions.swift")
        let runbooks = try repository.files("runbooks", suffix: ".md").map { try repository.text($0) }
        let names = conditions.matches(of: /case \w+ = "(\w+)"/).map { String($0.1) }
        #expect(names.count >= 5)
        for name in names {
            #expect(runbooks.contains { $0.contains("triggers: [") && $0.contains(name) }, "no runbook for \(name)")
        }
        for path in conditions.matches(of: /runbook: "([^"]+)"/).map({ String($0.1) }) {
            #expect(repository.exists(path), "\(path) is missing")
        }
    }
}

private func imports(_ text: String) -> [String] {
    text.matches(of: /(?m)^(?:@testable |@preconcurrency )*import (?:\w+ )?(\w+)/).map { String($0.1) }
}

private func withoutComments(_ text: String) -> String {
    text.split(separator: "\n", omittingEmptySubsequences: false)
        .filter { !$0.trimmingCharacters(in: .whitespaces).hasPrefix("//") }.joined(separator: "\n")
}

private func links(_ text: String) -> [String] {
    text.matches(of: /\]\(([^)\s]+)\)/).map { String($0.1) }
}
