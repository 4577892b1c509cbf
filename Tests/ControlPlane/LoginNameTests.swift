import TestSupport
import Testing

@testable import ControlPlane

@Suite(.timeLimit(.minutes(1)))
struct LoginNameTests {
    @Test func `who is on record is who the system says, whatever the shell exports`() async throws {
        let id = try await RunningCommand("/usr/bin/id", ["-un"], directory: "/").result()
        #expect(id.exit == 0)
        #expect(LoginName.current + "\n" == id.output)
    }
}
