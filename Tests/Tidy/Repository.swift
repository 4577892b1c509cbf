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
        var found: [String] = []
        while let path = walker.nextObject() as? String {
            if path.hasPrefix(".build") || path.hasPrefix(".git/") || path.hasPrefix(".tidegate") {
                walker.skipDescendants()
            } else if path.hasSuffix(suffix) {
                found.append(folder == "." ? path : "\(folder)/\(path)")
            }
        }
        return found.sorted()
    }

    func text(_ path: String) throws -> String {
        try String(contentsOf: root.appendingPathComponent(path), encoding: .utf8)
    }

    func lines(_ path: String) throws -> [Substring] {
        try text(path).split(separator: "\n", omittingEmptySubsequences: false)
    }

    /// The text without the lines that are comments.
    func code(_ path: String) throws -> String {
        try lines(path).filter { !$0.trimmingCharacters(in: .whitespaces).hasPrefix("//") }.joined(separator: "\n")
    }

    func exists(_ path: String) -> Bool {
        FileManager.default.fileExists(atPath: root.appendingPathComponent(path).path)
    }

    /// The modules that a Swift file imports.
    func imports(_ path: String) throws -> [String] {
        try text(path).matches(of: /(?m)^(?:@testable |@preconcurrency )*import (?:(?:struct|enum|func|class) )?(\w+)/)
            .map { String($0.1) }
    }

    /// The modules whose header of the same name a C file includes.
    func includes(_ path: String) throws -> [String] {
        try text(path).matches(of: /(?m)^#include "(\w+)\.h"/).map { String($0.1) }
    }
}
