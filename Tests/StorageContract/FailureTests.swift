import Storage
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1)))
struct FailureTests {
    @Test func `a connection that the server ends is replaced unnoticed`() async throws {
        try await withDatabase(.postgresql) { database, place in
            try await database.run("CREATE TABLE t (n BIGINT NOT NULL)")
            let killer = try place.open()
            let before = try await database.integer("SELECT pg_backend_pid() AS n")
            _ = try await killer.read { try $0.query("SELECT pg_terminate_backend(CAST(? AS INTEGER))", [before]) }
            // A terminated backend may take a moment to go.
            #expect(
                try await eventually {
                    try await killer.integer("SELECT COUNT(*) AS n FROM pg_stat_activity WHERE pid = \(before)") == 0
                })
            try await database.run("INSERT INTO t (n) VALUES (1)")
            let after = try await database.integer("SELECT pg_backend_pid() AS n")
            #expect(after != before)
            await killer.close()
        }
    }

    @Test func `a transaction whose connection breaks in the middle runs again, and commits once`() async throws {
        try await withDatabase(.postgresql) { database, _ in
            try await database.run("CREATE TABLE t (n BIGINT NOT NULL)")
            let attempts = Counter()
            try await database.write { connection in
                attempts.increment()
                try connection.execute("INSERT INTO t (n) VALUES (1)")
                if attempts.value == 1 { _ = try connection.query("SELECT pg_terminate_backend(pg_backend_pid())") }
            }
            #expect(attempts.value == 2)
            let rows = try await database.integer("SELECT COUNT(*) AS n FROM t")
            #expect(rows == 1)
        }
    }

    @Test func `a connection that breaks again and again is an error in the end`() async throws {
        try await withDatabase(.postgresql) { database, _ in
            let error = await #expect(throws: DatabaseError.self) {
                try await database.write { try $0.query("SELECT pg_terminate_backend(pg_backend_pid())").count }
            }
            guard case .unreachable = error else { throw try #require(error) }
            let answer = try await database.integer("SELECT 1 AS n")
            #expect(answer == 1)
        }
    }

    @Test func `who listens hears again after the server ended the connection`() async throws {
        try await withDatabase(.postgresql) { database, _ in
            var hints = database.hints(topic: "jobs").makeAsyncIterator()
            await hints.next()
            let listeners =
                "SELECT pid FROM pg_stat_activity WHERE query LIKE 'LISTEN%' AND datname = current_database()"
            let ended = try await database.read { connection in
                try connection.query("SELECT pg_terminate_backend(pid) FROM (\(listeners)) AS listening").count
            }
            #expect(ended == 1)
            // It says so when it watches anew.
            await hints.next()
            try await database.write { try $0.announce("jobs") }
            await hints.next()
        }
    }

    @Test(arguments: Driver.allCases)
    func `cancelled callers leave every connection usable`(driver: Driver) async throws {
        try await withDatabase(driver) { database, _ in
            try await database.run("CREATE TABLE t (n BIGINT NOT NULL)")
            let callers = (0..<60).map { number in
                Task { try await database.write { try $0.execute("INSERT INTO t (n) VALUES (?)", [number]) } }
            }
            for caller in callers.dropFirst(5) { caller.cancel() }
            var committed = 0
            for caller in callers {
                switch await caller.result {
                case .success: committed += 1
                case .failure(let error): #expect(error is CancellationError)
                }
            }
            // What succeeded is there, and nothing else.
            let rows = try await database.integer("SELECT COUNT(*) AS n FROM t")
            #expect(rows == Int64(committed) && committed >= 5)
            for _ in 0..<20 { try await database.run("INSERT INTO t (n) VALUES (1)") }
        }
    }

    @Test func `a write that another process holds up is busy after its time-out`() async throws {
        let place = try await Place(.sqlite)
        let (holder, waiter) = (try place.open(), try place.open())
        try await holder.run("CREATE TABLE t (n BIGINT)")
        let begun = AsyncStream<Void>.makeStream()
        let done = Gate()
        async let held: Void = holder.write { connection in
            try connection.execute("INSERT INTO t (n) VALUES (1)")
            begun.continuation.yield()
            done.wait()
        }
        for await _ in begun.stream { break }
        let error = await #expect(throws: DatabaseError.self) { try await waiter.run("INSERT INTO t (n) VALUES (2)") }
        done.open()
        try await held
        guard case .busy = error else { throw try #require(error) }
        try await waiter.run("INSERT INTO t (n) VALUES (2)")
        await holder.close()
        await waiter.close()
    }

    @Test func `two transactions that wait for each other both commit in the end`() async throws {
        try await withDatabase(.postgresql) { database, _ in
            try await database.run("CREATE TABLE t (id TEXT PRIMARY KEY, n BIGINT NOT NULL)")
            try await database.run("INSERT INTO t (id, n) VALUES ('a', 0), ('b', 0)")
            try await withThrowingTaskGroup(of: Void.self) { group in
                for order in [["a", "b"], ["b", "a"]] {
                    group.addTask {
                        for _ in 0..<10 {
                            _ = try await database.write { connection in
                                for id in order { try connection.execute("UPDATE t SET n = n + 1 WHERE id = ?", [id]) }
                            }
                        }
                    }
                }
                try await group.waitForAll()
            }
            let sum = try await database.integer("SELECT SUM(n) AS n FROM t")
            #expect(sum == 40)
        }
    }

    @Test func `a server that is not there is unreachable, and its password stays secret`() async throws {
        let port = try freePort()
        let database = try Databases.open(address: "postgresql://user:canary@127.0.0.1:\(port)/x")
        let error = await #expect(throws: DatabaseError.self) { _ = try await database.integer("SELECT 1 AS n") }
        guard case .unreachable = error else { throw try #require(error) }
        #expect(!"\(try #require(error))".contains("canary"))
        await database.close()
    }

    @Test func `a database that the server does not let in to is denied`() async throws {
        let place = try await Place(.postgresql)
        let database = try Databases.open(address: place.address + "_absent")
        let error = await #expect(throws: DatabaseError.self) { _ = try await database.integer("SELECT 1 AS n") }
        guard case .accessDenied = error else { throw try #require(error) }
        await database.close()
    }

    @Test(arguments: Driver.allCases)
    func `a closed database refuses`(driver: Driver) async throws {
        let database = try await Place(driver).open()
        await database.close()
        await #expect(throws: DatabaseError.self) { _ = try await database.integer("SELECT 1 AS n") }
    }
}
