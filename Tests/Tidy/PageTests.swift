import ArgumentParser
import Foundation
import Testing

@testable import tidegate

private let repository = Repository()

@Suite(.timeLimit(.minutes(2))) struct `The pages` {
    @Test func `link to pages and headings that exist`() throws {
        let pages = try repository.files(".", suffix: ".md")
        #expect(pages.count > 4)
        for page in pages {
            let folder = (page as NSString).deletingLastPathComponent
            for link in try repository.text(page).matches(of: /\]\(([^)\s]+)\)/).map({ String($0.1) })
            where !link.contains("://") {
                let parts = link.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false)
                let joined = (folder as NSString).appendingPathComponent(String(parts[0]))
                let path = parts[0].isEmpty ? page : (joined as NSString).standardizingPath
                let exists = repository.exists(path)
                #expect(exists, "\(page) links to \(link)")
                if exists, parts.count == 2 {
                    let known = try headings(path).contains(String(parts[1]))
                    #expect(known, "\(page) links to \(link), and \(path) has no such heading")
                }
            }
        }
    }

    @Test func `quote only commands that tidegate understands`() throws {
        var seen = 0
        for page in try repository.files(".", suffix: ".md") + repository.files("deploy", suffix: ".sh") {
            for command in CommandLines.quoted(in: try repository.text(page), shell: page.hasSuffix(".sh")) {
                seen += 1
                let complaint = complaint(command)
                #expect(complaint == nil, "\(page): tidegate \(command.joined(separator: " "))")
            }
        }
        #expect(seen > 20)
    }

    @Test func `give every alert a runbook that exists and names it as a trigger`() throws {
        var seen = 0
        for file in try repository.files("alerts", suffix: ".yaml") where !file.contains("/tests/") {
            var name = ""
            for line in try repository.lines(file) {
                if let found = line.firstMatch(of: /- alert: (\w+)/) { name = String(found.1) }
                guard let page = line.firstMatch(of: /runbook: (\S+)/).map({ String($0.1) }) else { continue }
                seen += 1
                let text = repository.exists(page) ? try repository.text(page) : ""
                let isNamed = text.contains(try Regex("triggers: \\[[^\\]]*\\b\(name)\\b"))
                #expect(isNamed, "\(page), of \(name) in \(file), does not exist or does not name it")
            }
        }
        #expect(seen > 30)
    }

    /// The anchors of a page's headings, as GitHub makes them.
    private func headings(_ path: String) throws -> Set<String> {
        Set(
            try repository.lines(path).filter { $0.hasPrefix("#") }.map { line in
                line.drop { $0 == "#" }.trimmingCharacters(in: .whitespaces).lowercased()
                    .filter { $0.isLetter || $0.isNumber || $0 == " " || $0 == "-" || $0 == "_" }
                    .replacingOccurrences(of: " ", with: "-")
            })
    }
}

/// What the argument parser has against a command line; nil when it would run, or when it only names a command.
func complaint(_ arguments: [String]) -> String? {
    var level: any ParsableCommand.Type = Tidegate.self
    var rest = arguments[...]
    while let name = rest.first, let next = subcommands(level).first(where: { $0._commandName == name }) {
        level = next
        rest = rest.dropFirst()
    }
    if rest.isEmpty, level != Tidegate.self { return nil }
    do {
        _ = try Tidegate.parseAsRoot(arguments)
        return nil
    } catch {
        return Tidegate.exitCode(for: error).isSuccess ? nil : Tidegate.message(for: error)
    }
}

private func subcommands(_ type: any ParsableCommand.Type) -> [any ParsableCommand.Type] {
    type.configuration.subcommands + type.configuration.groupedSubcommands.flatMap(\.subcommands)
}
