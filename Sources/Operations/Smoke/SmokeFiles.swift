import Contract
import Crypto
import FoundationEssentials

/// The files that one run of a suite makes, in a folder of their own.
struct SmokeFiles: Sendable {
    let folder: String

    func path(_ name: String) -> String { "\(folder)/\(name)" }

    /// - Returns: the file's SHA-256 in lower-case hex.
    func write(_ bytes: [UInt8], as name: String) throws(SmokeFailure) -> String {
        guard name.allSatisfy({ $0.isLetter || $0.isNumber || $0 == "_" || $0 == "-" }), !name.isEmpty else {
            throw .cannotMake("\(name) is not a name for a file: use letters, digits, _ and -")
        }
        do {
            try FileManager.default.createDirectory(
                atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
            try Data(bytes).write(to: URL(filePath: path(name)))
        } catch {
            throw .cannotMake("cannot write \(path(name)): \(error)")
        }
        return Hexadecimal.text(SHA256.hash(data: bytes))
    }

    func remove() {
        // A file in the temporary folder that cannot be removed harms nobody, and changes no verdict.
        try? FileManager.default.removeItem(atPath: folder)
    }
}
