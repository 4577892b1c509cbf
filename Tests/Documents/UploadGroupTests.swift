import Documents
import Storage
import Testing

/// What users announce at the same time is written together.
@Suite(.timeLimit(.minutes(1))) struct `Uploads announced together` {
    private func create(
        _ uploads: [NewUpload], _ limits: UploadLimits, at now: Int64 = 10, in database: any Database
    ) async throws -> [Result<UploadOutcome, UploadRefusal>] {
        try await database.write(.readCommitted) { connection in
            try Uploads.create(uploads, limits: limits, now: now, on: connection)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `are the same as announced one by one`(kind: TestDatabase) async throws {
        let uploads = [
            StoreDriver.upload(1), StoreDriver.upload(2), StoreDriver.upload(1, user: "bob"),
            StoreDriver.upload(3, user: "bob", pin: "v2"), StoreDriver.upload(3),
        ]
        let limits = UploadLimits(concurrentJobs: 2, uploadsPerDay: 9)
        var alone: [Result<UploadOutcome, UploadRefusal>] = []
        try await kind.with { database in
            for upload in uploads { alone += try await create([upload], limits, in: database) }
        }
        try await kind.with { database in
            let together = try await create(uploads, limits, in: database)
            #expect(together == alone)
            #expect(together[3].map { $0.job.pinRelease } == .success("v2"))
            #expect(together[4] == .failure(.tooManyJobs(limit: 2)))
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `of the same bytes are one document, whether it was there before or not`(kind: TestDatabase) async throws {
        try await kind.with { database in
            let limits = UploadLimits(concurrentJobs: 9, uploadsPerDay: 3)
            let first = try await create([StoreDriver.upload(1)], limits, in: database)[0].get().job
            let again = ["b", "c", "d"].enumerated().map { index, id in
                var upload = StoreDriver.upload(index == 0 ? 1 : 2)
                upload.jobID = id
                return upload
            }
            let outcomes = try await create(again, limits, at: 20, in: database).map { try $0.get() }
            #expect(outcomes.map(\.job.id) == [first.id, "c", "c"])
            #expect(outcomes.map(\.name) == ["existing", "created", "existing"])
            #expect(outcomes[0].job.uploadExpiresAt == first.uploadExpiresAt + 10)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `stop where the day's limit is, and say when the next may come`(kind: TestDatabase) async throws {
        try await kind.with { database in
            let limits = UploadLimits(concurrentJobs: 9, uploadsPerDay: 2)
            let outcomes = try await create((1...3).map { StoreDriver.upload($0) }, limits, in: database)
            #expect(outcomes.map { (try? $0.get()) != nil } == [true, true, false])
            #expect(outcomes[2] == .failure(.tooManyToday(limit: 2, retryAfterSeconds: 86_400)))
        }
    }

    @Test func `of one user keep to the limits though several processes announce them`() async throws {
        try await TestDatabase.postgresql.with { database in
            let limits = UploadLimits(concurrentJobs: 5, uploadsPerDay: 30)
            let created = try await withThrowingTaskGroup(of: Int.self) { group in
                for start in stride(from: 0, to: 60, by: 4) {
                    group.addTask {
                        let uploads = (start..<start + 4).map {
                            StoreDriver.upload($0, user: $0 % 2 == 0 ? "ada" : "bob")
                        }
                        return try await create(uploads, limits, in: database).filter { (try? $0.get()) != nil }.count
                    }
                }
                return try await group.reduce(0, +)
            }
            #expect(created == 10)
        }
    }
}
