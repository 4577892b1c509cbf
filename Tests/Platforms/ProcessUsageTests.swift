import Foundation
import Platforms
import Rollouts
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1)))
struct ProcessUsageTests {
    @Test func `an instance's processor time, memory and files are those of its processes`() async throws {
        let state = try TemporaryFolder()
        let work = try TemporaryFolder()
        try FileManager.default.createDirectory(atPath: state.file("logs/dev"), withIntermediateDirectories: true)
        try Data(repeating: 7, count: 3 << 20).write(to: URL(filePath: state.file("logs/dev/api-1.log")))
        try Data(repeating: 7, count: 9 << 20).write(to: URL(filePath: state.file("logs/dev/api-2.log")))
        // A session of its own, as instances have, whose child keeps 64 MiB and a core busy.
        let script = """
            import os, subprocess, sys
            os.setsid()
            open('written', 'wb').write(b'7' * (2 << 20))
            subprocess.run([sys.executable, '-c', 'x = bytearray(b"7") * (64 << 20)\\nprint("up", flush=True)\\nwhile True: pass'])
            """
        let command = try RunningCommand("/usr/bin/python3", ["-c", script], directory: work.path)
        #expect(await eventually(within: .seconds(30)) { (try? command.output)?.contains("up") == true })
        @Sendable func instance(alive: Bool = true) -> Instance {
            Instance(
                id: "api-1", environment: "dev", service: "api", release: "v1", bundle: digest("1"),
                pid: Int(command.pid), alive: alive, ready: true, proof: .attested, since: Timestamp(microseconds: 1))
        }
        let usage = ProcessUsage(stateDirectory: state.path)
        let first = try #require(await usage.usage(of: [instance()])["api-1"])
        #expect(first.memory > 64 && first.memory < 400)
        #expect(first.disk >= 5 && first.disk < 9)
        let grew = await eventually(within: .seconds(30)) {
            (await usage.usage(of: [instance()])["api-1"]?.cpuSeconds ?? 0) > first.cpuSeconds + 0.2
        }
        #expect(grew)
        #expect(await usage.usage(of: [instance(alive: false)]).isEmpty)
        // The child ends with its session.
        kill(-command.pid, SIGKILL)
        try await command.stop()
        #expect(await usage.usage(of: [instance()]).isEmpty)
    }
}
