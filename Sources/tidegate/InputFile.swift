import ControlPlane
import Foundation

/// A file that somebody names at a command; also a pipe.
enum InputFile {
    /// - Throws: `Refusal` (exit 1) when it cannot be read, or is no UTF-8.
    static func text(_ path: String) throws -> String {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw unreadable(path, String(cString: strerror(errno))) }
        let bytes: Data
        do {
            bytes = try FileHandle(fileDescriptor: descriptor, closeOnDealloc: true).readToEnd() ?? Data()
        } catch { throw unreadable(path, "\(error)") }
        guard let text = String(bytes: bytes, encoding: .utf8) else {
            throw Refusal("no_text", "\(path) is no text in UTF-8; convert it first.", exit: .usage)
        }
        return text
    }

    private static func unreadable(_ path: String, _ why: String) -> Refusal {
        Refusal("unreadable_file", "\(path) cannot be read (\(why)); name a file that you may read.", exit: .usage)
    }
}
