import Storage

/// What a caller names a request by, so that it can be asked again when no answer came, and is done once: whatever was
/// begun by then is the answer. Recorded together with what it asks for.
package enum RequestKey {
    package static let longest = 128

    /// Remembers which rollout an event's key stands for, if it has one.
    static func record(_ event: Event, of rollout: Rollout, _ connection: any Connection) throws {
        guard let (key, question) = of(event),
            try Self.rollout(key, question, environment: rollout.environment, connection) != rollout.id
        else { return }
        try connection.execute(
            "INSERT INTO request_keys (environment, request, rollout, question) VALUES (?, ?, ?, ?)",
            [rollout.environment, key, rollout.id, question])
    }

    /// The rollout that was begun, or turned back, for that key.
    /// - Throws: `RolloutError.keyIsTaken` when it stands for something else than `question`.
    static func rollout(
        _ key: String?, _ question: String, environment: String, _ connection: any Connection
    ) throws -> String? {
        guard let key else { return nil }
        let row = try connection.first(
            "SELECT rollout, question FROM request_keys WHERE environment = ? AND request = ?", [environment, key])
        guard let row else { return nil }
        let id: String = try row.get("rollout")
        guard try row.get("question") == question else { throw RolloutError.keyIsTaken(rollout: id) }
        return id
    }

    private static func of(_ event: Event) -> (key: String, question: String)? {
        switch event {
        case .requested(let request): request.key.map { ($0, request.question) }
        case .rollbackRequested(let person): person.key.map { ($0, Self.rollback) }
        default: nil
        }
    }

    /// A rollback is the same question whether it turns a rollout back or begins one.
    static let rollback = "rollback"
}

extension Event.Requested {
    /// What two requests by one key have in common.
    var question: String {
        if let retries { return "retry of \(retries)" }
        return kind == .rollback ? RequestKey.rollback : "rollout of \(release)"
    }
}
