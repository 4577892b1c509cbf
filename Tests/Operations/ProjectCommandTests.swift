import Operations
import Rollouts
import Secrets
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(2))) struct ProjectCommandTests {
    private struct Sealed: Error, CustomStringConvertible { var description: String { "the seal is gone" } }

    private func run(
        _ command: String..., limit: Duration = .seconds(30), secrets: [Secret]? = []
    ) async throws -> CommandReport {
        let folder = try TemporaryFolder()
        let commands = ProjectCommands(folder: folder.path, inherited: ["PATH": "/usr/bin:/bin"]) { _ in
            guard let secrets else { throw Sealed() }
            return secrets
        }
        return await commands.run(
            CommandRequest(
                command: command, variables: ["TIDEGATE_RELEASE": "v2"], bundle: Digest(of: []), limit: limit))
    }

    @Test func `a program runs in the project's folder, with what it is told and nothing else`() async throws {
        let report = try await run("sh", "-c", "pwd; echo $TIDEGATE_RELEASE; env | grep -c .; exit 75")
        #expect(report.code == 75)
        #expect(report.output.count == 3)
        #expect(report.output[1] == "v2")
        // PATH, PWD and the one variable; some shells add `_` or OLDPWD.
        #expect((3...5).contains(Int(report.output[2]) ?? 0))
    }

    @Test func `the last lines are kept, short and without secrets`() async throws {
        let report = try await run(
            "sh", "-c", "seq 1 100; echo key=hunter2-hunter2; printf '%0600d' 0", secrets: [Secret("hunter2-hunter2")])
        #expect(report.output.count == ProjectCommands.lines)
        #expect(report.output.contains("key=•••"))
        #expect(report.output.last?.count == 500)
    }

    @Test func `what cannot be masked is not kept`() async throws {
        let report = try await run("echo", "hunter2-hunter2", secrets: nil)
        #expect(report.code == 0)
        #expect(report.output.count == 1)
        #expect(report.output.first?.contains("hunter2") == false)
    }

    @Test func `a program that takes too long is ended, and one that is not there is named`() async throws {
        let slow = try await run("sh", "-c", "sleep 600 & sleep 600", limit: .milliseconds(300))
        #expect(slow.code == nil)
        #expect(slow.failure == "it was ended after 300ms, its time")
        let absent = try await run("no-such-program-anywhere")
        #expect(absent.failure?.contains("finds no program no-such-program-anywhere") == true)
    }
}
