import Foundation

/// The project's files, as the tests of the house rules read them.
struct Repository {
    let root: URL

    init() {
        root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
    }

    /// Paths relative to the root, of files below `folder` whose names end in `suffix`.
    func files(_ folder: String, suffix: String) throws -> [String] {
        let base = root.appendingPathComponent(folder)
        guard let walker = FileManager.default.enumerator(atPath: base.path) else { return [] }
        return walker.compactMap { $0 as? String }.filter { $0.hasSuffix(suffix) && !$0.contains(".build") }
            .map { folder == "." ? $0 : "\(folder)/\($0)" }.sorted()
    }

    func text(_ path: String) throws -> String {
        try String(contentsOf: root.appendingPathComponent(path), encoding: .utf8)
    }

    func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: root.appendingPathComponent(path).path) }
}

/// One target of the manifest and what its line names.
struct ManifestTarget: Decodable {
    struct Dependency: Decodable {
        var byName: [String?]?
        var product: [JSONAny?]?
        var name: String? {
            if let byName { return byName.first ?? nil }
            if case .text(let name)?? = product?.first { return name }
            return nil
        }
    }

    var name: String
    var type: String
    var path: String?
    var dependencies: [Dependency]

    var folder: String { path ?? "Sources/\(name)" }
    var allowed: Set<String> { Set(dependencies.compactMap(\.name)) }
}

/// Whatever the manifest's JSON has beside strings.
enum JSONAny: Decodable {
    case text(String)
    case other

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let text = try? container.decode(String.self) { self = .text(text) } else { self = .other }
    }
}

struct Manifest: Decodable {
    var targets: [ManifestTarget]

    static func read(_ repository: Repository) throws -> Manifest {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["swift", "package", "dump-package"]
        process.currentDirectoryURL = repository.root
        let output = Pipe()
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        let bytes = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return try JSONDecoder().decode(Manifest.self, from: bytes)
    }
}
