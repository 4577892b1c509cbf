import Glibc
import Rollouts

/// Whether an artifact is what was recorded, and this machine can run it. It blocks: files are read whole.
package struct ArtifactCheck: Sendable {
    let service: String
    let artifact: Artifact
    let store: ArtifactStore
    /// Where programs without a slash in their name are looked for.
    let searchPath: String

    package init(service: String, artifact: Artifact, store: ArtifactStore, searchPath: String) {
        self.service = service
        self.artifact = artifact
        self.store = store
        self.searchPath = searchPath
    }

    /// What is wrong with a program that the artifact brings; nil when nothing is, or when the system brings it.
    package var flawOfProgram: CheckReport? {
        guard artifact.command.first?.contains("/") == true, let program else { return nil }
        return ProgramFile(path: program).flaw(of: service)
    }

    func reports() -> [CheckReport] {
        guard store.has(artifact.digest) else {
            return [
                CheckReport(
                    .failed, "The artifact of \(service) is gone from \(store.path(artifact.digest)).",
                    fix: "Record the release again under another version: tidegate release create …")
            ]
        }
        do {
            let actual = try store.digestNow(of: artifact)
            guard actual == artifact.digest else {
                return [
                    CheckReport(
                        .failed,
                        "The files of \(service) were changed after they had been recorded: they are \(actual.short), not "
                            + "\(artifact.digest.short).",
                        fix: "Record the release again under another version, and find out who changed them.")
                ]
            }
        } catch {
            return [
                CheckReport(.failed, "The artifact of \(service) cannot be read: \(error)", fix: "Record it again.")
            ]
        }
        guard let program else {
            return [
                CheckReport(
                    .failed, "\(artifact.command.first ?? "The command") of \(service) is not found on this machine.",
                    fix: "Install it, or put it into the artifact and write its path as ./…")
            ]
        }
        return [
            ProgramFile(path: program).flaw(of: service)
                ?? .passed("The artifact of \(service) is whole, and runs here.")
        ]
    }

    private var program: String? {
        let command = artifact.command.first ?? ""
        if command.hasPrefix("/") { return command }
        if command.contains("/") { return "\(store.path(artifact.digest))/\(command)" }
        return searchPath.split(separator: ":").map { "\($0)/\(command)" }.first { access($0, X_OK) == 0 }
    }
}

/// A file that is to be run, as its first bytes describe it.
struct ProgramFile: Sendable {
    let path: String

    /// Processors by their number in an ELF file (https://refspecs.linuxfoundation.org/elf/gabi4+/ch4.eheader.html).
    private static let machines = [
        3: "x86", 40: "arm", 62: "x86_64", 183: "arm64", 243: "riscv64", 22: "s390x", 21: "ppc64",
    ]

    private static var thisMachine: Int {
        #if arch(x86_64)
            62
        #elseif arch(arm64)
            183
        #else
            0
        #endif
    }

    func flaw(of service: String) -> CheckReport? {
        guard let head = head() else {
            return CheckReport(
                .failed, "The program of \(service), \(path), cannot be read (\(String(cString: strerror(errno)))).",
                fix: "Check the artifact's command, and record the release again.")
        }
        guard access(path, X_OK) == 0 else {
            return CheckReport(
                .failed, "The program of \(service), \(path), may not be executed.",
                fix: "chmod +x it where the artifact is built, and record the release again under another version.")
        }
        if head.starts(with: Array("#!".utf8)) { return interpreterFlaw(head, service) }
        guard head.starts(with: [0x7F] + Array("ELF".utf8)), head.count >= 20 else {
            return CheckReport(
                .failed, "The program of \(service), \(path), is neither a program of Linux nor a script.",
                fix: "Build it for Linux, or begin the script with #!.")
        }
        let machine = head[5] == 2 ? Int(head[18]) << 8 | Int(head[19]) : Int(head[19]) << 8 | Int(head[18])
        guard Self.thisMachine != 0, machine != Self.thisMachine else { return nil }
        let (built, own) = (
            Self.machines[machine] ?? "machine \(machine)", Self.machines[Self.thisMachine] ?? "another"
        )
        return CheckReport(
            .failed, "The program of \(service) is built for \(built), and this machine is \(own).",
            fix: "Build the artifact for \(own), and record the release again under another version.")
    }

    private func interpreterFlaw(_ head: [UInt8], _ service: String) -> CheckReport? {
        let line = String(decoding: head.dropFirst(2).prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
        guard let interpreter = line.split(whereSeparator: \.isWhitespace).first.map(String.init),
            access(interpreter, X_OK) != 0
        else { return nil }
        return CheckReport(
            .failed, "The program of \(service) is a script for \(interpreter), which this machine does not have.",
            fix: "Install it, or change the script's first line.")
    }

    private func head() -> [UInt8]? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 256)
        let count = read(descriptor, &bytes, bytes.count)
        return count >= 0 ? Array(bytes[..<count]) : nil
    }
}
