import Definitions
import FoundationEssentials
import Operations

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

extension Project {
    /// Reads the files that definitions are made of. A folder that does not exist has none.
    ///
    /// - Throws: `Refusal` (exit 2) that names the file that cannot be read.
    package func readSources() throws -> ProjectSources {
        var sources = ProjectSources(project: path, files: [:])
        for folder in ProjectSources.folders {
            for name in try names(in: folder) where name.hasSuffix(".yaml") || name.hasSuffix(".json") {
                sources.files["\(folder)/\(name)"] = try read("\(folder)/\(name)")
            }
        }
        for name in try names(in: ProjectSources.runbooks) where name.hasSuffix(".md") {
            sources.files["\(ProjectSources.runbooks)/\(name)"] = []
        }
        return sources
    }

    /// The validation of these files by all rules there are.
    package func validation() throws -> ProjectValidation { try .complete(readSources()) }

    /// The names in a folder and, one level deep, in its folders.
    private func names(in folder: String) throws -> [String] {
        let full = "\(path)/\(folder)"
        guard FileManager.default.fileExists(atPath: full) else { return [] }
        do {
            let names = try FileManager.default.contentsOfDirectory(atPath: full)
            return try names.flatMap { name in
                var isFolder = false
                guard !name.contains("."),
                    FileManager.default.fileExists(atPath: "\(full)/\(name)", isDirectory: &isFolder),
                    isFolder
                else { return [name] }
                return try FileManager.default.contentsOfDirectory(atPath: "\(full)/\(name)").map { "\(name)/\($0)" }
            }
        } catch {
            throw unreadable(folder, "\(error)")
        }
    }

    /// At most a byte more than a definition may have, so that the reader refuses it and memory is not spent.
    private func read(_ file: String) throws -> [UInt8] {
        let descriptor = open("\(path)/\(file)", O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw unreadable(file, String(cString: strerror(errno))) }
        defer { close(descriptor) }
        // Not by `fstat`: where Swift's libraries are linked in, whose `stat` it is depends on what else was imported. What
        // has no end that can be sought, such as a pipe, is read piece by piece.
        let length = Int(max(0, lseek(descriptor, 0, SEEK_END)))
        lseek(descriptor, 0, SEEK_SET)
        // One more than the file has, to see its end; a file that grows meanwhile is read on.
        var bytes: [UInt8] = []
        var size = min(length, YAMLLimits().bytes) + 1
        while bytes.count <= YAMLLimits().bytes {
            guard let more = try readMore(descriptor, size, file) else { return bytes }
            bytes = bytes.isEmpty ? more : bytes + more
            size = 64 * 1024
        }
        return bytes
    }

    /// Up to `size` bytes, nil at the end.
    private func readMore(_ descriptor: Int32, _ size: Int, _ file: String) throws -> [UInt8]? {
        while true {
            var code: Int32 = 0
            let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
                let read = Glibc.read(descriptor, buffer.baseAddress, size)
                code = read < 0 ? errno : 0
                count = max(0, read)
            }
            if code == 0 { return bytes.isEmpty ? nil : bytes }
            guard code == EINTR else { throw unreadable(file, String(cString: strerror(code))) }
        }
    }

    private func unreadable(_ file: String, _ why: String) -> Refusal {
        Refusal(
            "unreadable_definition", "\(path)/\(file) cannot be read (\(why)); make it a readable file, or remove it.",
            exit: .invalidDefinition)
    }
}
