import Foundation

/// How a finished program ended, and what it wrote.
package struct CommandResult: Sendable {
    package var exit: Int32
    package var output: String
    package var errors: String
}

/// A program that the test started, with its output in files, so that no full pipe stops it.
package final class RunningCommand: Sendable {
    private let process: Process
    private let folder: TemporaryFolder
    private let ended: AsyncStream<Void>

    package init(
        _ program: String, _ arguments: [String], directory: String, environment: [String: String] = [:]
    ) throws {
        folder = try TemporaryFolder()
        process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        process.currentDirectoryURL = URL(fileURLWithPath: directory)
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = try Self.file(folder.file("out"))
        process.standardError = try Self.file(folder.file("err"))
        let (stream, continuation) = AsyncStream<Void>.makeStream()
        ended = stream
        process.terminationHandler = { _ in continuation.finish() }
        try process.run()
    }

    package var pid: Int32 { process.processIdentifier }
    package var isRunning: Bool { process.isRunning }
    package var output: String { get throws { try String(contentsOfFile: folder.file("out"), encoding: .utf8) } }
    package var errors: String { get throws { try String(contentsOfFile: folder.file("err"), encoding: .utf8) } }

    package func signal(_ number: Int32) { kill(pid, number) }

    /// Waits for the end.
    package func result() async throws -> CommandResult {
        for await _ in ended {}
        return CommandResult(exit: process.terminationStatus, output: try output, errors: try errors)
    }

    /// Ends it, by force if need be, and waits.
    package func stop() async throws {
        if process.isRunning { process.terminate() }
        if await !eventually(within: .seconds(10), { !self.process.isRunning }) { signal(SIGKILL) }
        for await _ in ended {}
    }

    private static func file(_ path: String) throws -> FileHandle {
        guard FileManager.default.createFile(atPath: path, contents: nil) else {
            throw CocoaError(.fileWriteUnknown, userInfo: [NSFilePathErrorKey: path])
        }
        return try FileHandle(forWritingTo: URL(fileURLWithPath: path))
    }
}
