import CSpawn
import Glibc
import Subprocess
import SystemPackage

/// One run of a program. Its output stays in memory, and its whole process group ends with it: nothing that
/// it left behind keeps anybody waiting.
package struct ProgramRun: Sendable {
    package enum Outcome: Sendable {
        case ended(code: Int32, output: [UInt8], errors: [UInt8])
        case tookTooLong
        /// It wrote more than a secret may have.
        case wroteTooMuch
        case notFound
        case notRunnable
    }

    /// Bytes of both outputs together.
    package static let outputLimit = 1 << 20

    var program: String
    var arguments: [String]
    var folder: String
    var input: [UInt8] = []
    /// Its whole environment; nil for that of this process.
    var variables: [String: String]?
    var limit: Duration

    /// - Parameters:
    ///   - program: a path, or a name that is looked for as the shell does.
    ///   - variables: its whole environment; nil for that of this process.
    package init(
        program: String, arguments: [String], folder: String, input: [UInt8] = [], variables: [String: String]? = nil,
        limit: Duration
    ) {
        self.program = program
        self.arguments = arguments
        self.folder = folder
        self.input = input
        self.variables = variables
        self.limit = limit
    }

    package func outcome() async -> Outcome {
        guard let input = MemoryFile(input), let output = MemoryFile(), let errors = MemoryFile() else {
            return .notRunnable
        }
        defer { for file in [input, output, errors] { file.close() } }
        let status: Ended
        do {
            status = try await ended(input, output, errors)
        } catch let error as SubprocessError where error.code == .executableNotFound {
            return isThere ? .notRunnable : .notFound
        } catch {
            return .notRunnable
        }
        switch status {
        case .code(let code): return .ended(code: code, output: output.bytes, errors: errors.bytes)
        case .tookTooLong: return .tookTooLong
        case .wroteTooMuch: return .wroteTooMuch
        }
    }

    /// A path to a file that is there and cannot be run is another mistake than one to nothing.
    private var isThere: Bool {
        program.contains("/") && access(program.hasPrefix("/") ? program : "\(folder)/\(program)", F_OK) == 0
    }

    private enum Ended: Sendable { case code(Int32), tookTooLong, wroteTooMuch }

    private func ended(_ input: MemoryFile, _ output: MemoryFile, _ errors: MemoryFile) async throws -> Ended {
        try await withThrowingTaskGroup(of: Ended.self) { group in
            group.addTask { .code(try await run(input, output, errors)) }
            group.addTask {
                let clock = ContinuousClock()
                let end = clock.now + limit
                while clock.now < end {
                    try await clock.sleep(for: min(.milliseconds(50), end - clock.now))
                    guard output.size + errors.size <= Self.outputLimit else { return .wroteTooMuch }
                }
                return .tookTooLong
            }
            defer { group.cancelAll() }
            return try await group.next() ?? .tookTooLong
        }
    }

    private var environment: Subprocess.Environment {
        guard let variables else { return .inherit }
        let pairs = variables.map { (Subprocess.Environment.Key(stringLiteral: $0.key), $0.value) }
        return .custom(Dictionary(pairs) { first, _ in first })
    }

    /// - Returns: its exit code; 128 and the signal's number when a signal ended it.
    private func run(_ input: MemoryFile, _ output: MemoryFile, _ errors: MemoryFile) async throws -> Int32 {
        var options = PlatformOptions()
        options.processGroupID = 0
        options.teardownSequence = [.send(signal: .kill, toProcessGroup: true, allowedDurationToNextStep: .zero)]
        let result = try await Subprocess.run(
            program.contains("/") ? .path(FilePath(program)) : .name(program), arguments: Arguments(arguments),
            environment: environment, workingDirectory: FilePath(folder), platformOptions: options,
            input: .fileDescriptor(input.descriptor, closeAfterSpawningProcess: false),
            output: .fileDescriptor(output.descriptor, closeAfterSpawningProcess: false),
            error: .fileDescriptor(errors.descriptor, closeAfterSpawningProcess: false))
        kill(-result.processIdentifier.value, SIGKILL)
        switch result.terminationStatus {
        case .exited(let code): return code
        case .signaled(let signal): return 128 + signal
        }
    }
}

/// Bytes that no disk ever holds, with a descriptor to hand to a program.
struct MemoryFile: Sendable {
    let descriptor: FileDescriptor

    /// Nil when the system gives none.
    init?(_ bytes: [UInt8] = []) {
        let raw = cspawn_memory_file()
        guard raw >= 0 else { return nil }
        descriptor = FileDescriptor(rawValue: raw)
        guard !bytes.isEmpty else {
            // Whoever else writes to it appends, as two programs of a pipeline do.
            _ = fcntl(raw, F_SETFL, O_APPEND)
            return
        }
        guard Glibc.write(raw, bytes, bytes.count) == bytes.count, lseek(raw, 0, SEEK_SET) == 0 else {
            Glibc.close(raw)
            return nil
        }
    }

    var size: Int {
        var status = stat()
        return fstat(descriptor.rawValue, &status) == 0 ? Int(status.st_size) : 0
    }

    /// What was written to it, at most the limit and a byte.
    var bytes: [UInt8] {
        var bytes = [UInt8](repeating: 0, count: min(size, ProgramRun.outputLimit + 1))
        let count = pread(descriptor.rawValue, &bytes, bytes.count, 0)
        return Array(bytes.prefix(max(0, count)))
    }

    func close() { Glibc.close(descriptor.rawValue) }
}
