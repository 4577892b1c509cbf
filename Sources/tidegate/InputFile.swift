import ControlPlane
import Foundation

/// A file that somebody names at a command.
enum InputFile {
    /// - Throws: `Refusal` (exit 1) when it cannot be read, or is no UTF-8.
    static func text(_ path: String) throws -> String {
        let bytes: Data
        do { bytes = try Data(contentsOf: URL(fileURLWithPath: path)) } catch {
            let why = FileManager.default.fileExists(atPath: path) ? "cannot be read" : "does not exist"
            throw Refusal("unreadable_file", "\(path) \(why); name a file that you may read.", exit: .usage)
        }
        guard let text = String(bytes: bytes, encoding: .utf8) else {
            throw Refusal("no_text", "\(path) is no text in UTF-8; convert it first.", exit: .usage)
        }
        return text
    }
}
