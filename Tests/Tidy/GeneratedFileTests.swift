import Definitions
import Foundation
import Testing

private let repository = Repository()

/// Files that commands write, committed so that people and editors find them.
@Suite(.timeLimit(.minutes(1))) struct `Generated files` {
    private func sources() throws -> ProjectSources {
        var files: [String: [UInt8]] = [:]
        for path in try repository.files("contracts", suffix: ".json") {
            files[path] = Array(try repository.text(path).utf8)
        }
        return ProjectSources(project: repository.root.path, files: files)
    }

    @Test func `docs/rules.md says what the rules say`() throws {
        let isSame = try repository.text("docs/rules.md") == RuleText.page(RuleDescription.all)
        #expect(isSame, "run: tidegate validate --explain all --format markdown > docs/rules.md")
    }

    @Test func `environments/schema.json says what the reference and the contracts say`() throws {
        let schema = try Reference.builtIn().jsonSchema(suggesting: sources()).text(indented: true) + "\n"
        let isSame = try repository.text("environments/schema.json") == schema
        #expect(isSame, "run: tidegate schema > environments/schema.json")
    }

    @Test func `every environment's file names the schema for editors`() throws {
        let files = try repository.files("environments", suffix: ".yaml").filter { !$0.hasSuffix("reference.yaml") }
        #expect(files.count >= 3)
        for file in files {
            let first = try repository.lines(file).first
            #expect(first == "# yaml-language-server: $schema=schema.json", "\(file)")
        }
    }
}
