import Foundation
import TestSupport
import Testing

/// A cell of a runbook: a shell command between fences, with its name and how it is expected to end.
struct RunbookCell: Decodable {
    var name: String
    var mode: String
    var exit: Int32?
    var command = ""

    private enum CodingKeys: String, CodingKey { case name, mode, exit }

    /// The cells of a page in their order.
    static func all(in page: String) throws -> [RunbookCell] {
        var cells: [RunbookCell] = []
        var isInside = false
        for line in page.split(separator: "\n", omittingEmptySubsequences: false) {
            if line.hasPrefix("```sh {") {
                cells.append(try JSONDecoder().decode(RunbookCell.self, from: Data(line.dropFirst(6).utf8)))
                isInside = true
            } else if line.hasPrefix("```") {
                isInside = false
            } else if isInside {
                cells[cells.count - 1].command += line + "\n"
            }
        }
        return cells
    }
}

extension EndToEnd {
    @Suite struct `Runbooks` {
        @Test func `do what they say, cell by cell, on a running environment`() async throws {
            let made = try TestCertificates()
            let certificate = try await made.make("site", names: ["localhost"], days: 20)
            let prepare = { (stack: Stack) in
                try stack.hasten()
                try stack.encrypt(with: certificate)
            }
            try await Stack.with(prepare: prepare) { stack in
                try await stack.lightlySteady()
                #expect(try await stack.lightRelease("v2", set: ["UPLOAD_PIPELINE_LOG_LEVEL=debug"]).exit == 0)
                #expect(try await stack.rollOut("v2").exit == 0)
                for page in try stack.runbooks() {
                    let cells = try RunbookCell.all(in: try String(contentsOfFile: page, encoding: .utf8))
                    #expect(!cells.isEmpty)
                    for cell in cells { try await run(cell, of: page, stack) }
                }
                #expect(try await stack.status().release == "v1")
            }
        }

        private func run(_ cell: RunbookCell, of page: String, _ stack: Stack) async throws {
            // This one is for when the control plane is gone.
            if cell.name == "engine" { #expect(await stack.killEngine()) }
            let folder = URL(fileURLWithPath: stack.tidegatePath).deletingLastPathComponent().path
            let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
            let result = try await RunningCommand(
                "/bin/sh", ["-c", cell.command], directory: stack.project,
                environment: ["ENVIRONMENT": "dev", "PATH": "\(folder):\(path)"]
            ).result()
            let place = "\(URL(fileURLWithPath: page).lastPathComponent), \(cell.name)"
            #expect(result.exit == cell.exit ?? 0, "\(place): \(result.output)\(result.errors)")
            #expect(!result.output.isEmpty, "\(place): says nothing")
        }
    }
}

extension Stack {
    fileprivate func runbooks() throws -> [String] {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent("runbooks").path
        return try FileManager.default.contentsOfDirectory(atPath: root).filter { $0.hasSuffix(".md") }.sorted()
            .map { "\(root)/\($0)" }
    }
}
