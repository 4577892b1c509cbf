import Documents
import Storage
import TestSupport
import Testing

@testable import API

@Suite(.timeLimit(.minutes(1))) struct `A database that cannot be reached` {
    @Test func `is told with its address on this machine, and without it to the outside`() async throws {
        let folder = try TemporaryFolder()
        let database = try Databases.open(address: "postgresql://keeper@127.0.0.1:\(try freePort())/books")
        let readiness = Readiness(
            store: database, folder: folder.path, canVerify: true, drill: .none)
        let inside = try await readiness.checks(toldOutside: false)["database"]?.reason ?? ""
        #expect(inside.contains("keeper") && inside.contains("127.0.0.1"), "\(inside)")
        let outside = try await readiness.checks(toldOutside: true)["database"]?.reason ?? ""
        #expect(outside.hasPrefix("database_unreachable"))
        #expect(!outside.contains("keeper") && !outside.contains("127.0.0.1") && !outside.contains("books"))
        #expect(try await readiness.databaseCheck(toldOutside: true).reason == outside)
        await database.close()
    }
}
