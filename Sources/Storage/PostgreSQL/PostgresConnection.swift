/// One transaction of a session, seen as ours. Once a statement failed, those after it fail the same way.
struct PostgresConnection: Connection {
    let session: PostgresSession

    var dialect: Dialect { .postgresql }

    func query(_ sql: String, _ arguments: [any SQLConvertible]) throws(DatabaseError) -> [Row] {
        if let failure = session.failure { throw failure }
        return try session.run(sql, arguments).rows()
    }

    func execute(_ sql: String, _ arguments: [any SQLConvertible]) throws(DatabaseError) -> Int {
        if let failure = session.failure { throw failure }
        return try session.run(sql, arguments).changes
    }
}
