import Foundation
import TestSupport

/// `tidegate validate` and two other checkers over the same values: processor time and memory of whole processes, each
/// started anew, one after the other in turns so that what else the machine does meets all of them.
struct ValidationTimes {
    let programs: String
    /// The folder with `python` and `dotenv-linter`.
    let peers: String
    private let turns = 20

    private struct Row {
        var what: String
        var words: [String]
        var folder: String
        var exit: Int32
        var costs: [ProcessCost] = []
    }

    func measure() throws {
        let folder = try TemporaryFolder()
        var rows = try sideBySide(folder) + growth(folder)
        for _ in 0..<turns {
            for index in rows.indices {
                let cost = try ProcessCost.run(rows[index].words, in: rows[index].folder)
                guard cost.exit == rows[index].exit else {
                    throw UnexpectedExit(words: rows[index].words, exit: cost.exit, folder: rows[index].folder)
                }
                rows[index].costs.append(cost)
            }
        }
        print("\n| Checked, \(turns) times | Processor time | Peak memory |\n|---|---|---|")
        for row in rows {
            let peak = Double(try ProcessCost.peak(row.words, in: row.folder, exit: row.exit)) / 1024
            print("| \(row.what) | \(times(row.costs)) | \(peak.rounded(1)) MiB |")
        }
    }

    private func sideBySide(_ folder: TemporaryFolder) throws -> [Row] {
        try [false, true].flatMap { hasMistakes in
            let project = folder.file(hasMistakes ? "mistakes" : "right")
            try ValidationProject(variables: 500, hasMistakes: hasMistakes).write(to: URL(fileURLWithPath: project))
            let size = "500 variables × 3 environments" + (hasMistakes ? ", every seventh wrong" : "")
            let files = ValidationProject.environments.map { ".env.\($0)" }
            return [
                Row(
                    what: "`tidegate validate`, \(size)", words: ["\(programs)/tidegate", "validate"], folder: project,
                    exit: hasMistakes ? 2 : 0),
                Row(
                    what: "pydantic-settings, \(size)", words: ["\(peers)/python", "settings.py"], folder: project,
                    exit: hasMistakes ? 2 : 0),
                Row(
                    what: "dotenv-linter, \(size)", words: ["\(peers)/dotenv-linter"] + files, folder: project,
                    exit: hasMistakes ? 1 : 0),
            ]
        }
    }

    private func growth(_ folder: TemporaryFolder) throws -> [Row] {
        try [1, 1_000, 2_000, 5_000, 10_000, 20_000].map { variables in
            let project = folder.file("\(variables)")
            try ValidationProject(variables: variables).write(to: URL(fileURLWithPath: project))
            return Row(
                what: "`tidegate validate`, \(variables) × 3", words: ["\(programs)/tidegate", "validate"],
                folder: project, exit: 0)
        }
    }

    /// The median, and the least and the most.
    private func times(_ costs: [ProcessCost]) -> String {
        let sorted = costs.map { $0.seconds * 1000 }.sorted()
        guard let first = sorted.first, let last = sorted.last else { return "" }
        let middle = sorted[sorted.count / 2]
        return "\(middle.rounded(1)) ms (\(first.rounded(1)) to \(last.rounded(1)))"
    }
}

struct UnexpectedExit: Error, CustomStringConvertible {
    let words: [String]
    let exit: Int32
    let folder: String
    var description: String { "`\(words.joined(separator: " "))` in \(folder) ended with \(exit)" }
}
