extension GroupDesk {
    /// A desk whose groups share a transaction.
    /// - Parameters:
    ///   - now: microseconds since 1970.
    ///   - work: as many answers as there are requests, in their order. It runs in read committed, so its statements have to
    ///     check what they depend on in the rows that they change or lock; and it may run again: when one of several
    ///     requests is why nothing could be written, each gets a transaction of its own.
    package convenience init(
        most: Int, writingTo database: any Database, now: @escaping @Sendable () -> Int64,
        work: @escaping @Sendable ([Request], any Connection, Int64) throws -> [Result<Answer, any Error>]
    ) {
        let write = { @Sendable (group: [Request]) in
            let now = now()
            return try await database.write(.readCommitted) { try work(group, $0, now) }
        }
        self.init(most: most) { group in
            do {
                return try await write(group)
            } catch  where group.count > 1 && isOfOneRequest(error) {
                return try await alone(group, write)
            }
        }
    }
}

private func alone<Request: Sendable, Answer: Sendable>(
    _ group: [Request], _ write: @Sendable ([Request]) async throws -> [Result<Answer, any Error>]
) async throws -> [Result<Answer, any Error>] {
    var answers: [Result<Answer, any Error>] = []
    for request in group {
        do {
            answers += try await write([request])
        } catch {
            answers.append(.failure(error))
        }
    }
    return answers
}

/// Whether the same transaction could succeed without one of its requests.
private func isOfOneRequest(_ error: any Error) -> Bool {
    switch error {
    case DatabaseError.constraint, DatabaseError.invalidStatement, DatabaseError.unexpectedColumn: true
    case is DatabaseError: false
    default: true
    }
}
