extension RuleDescription {
    /// What `tidegate validate --preflight` finds out about the world.
    static let preflight: [RuleDescription] = [
        check(
            "secret", "Every secret can be had from where its definition says.",
            "A rollout would stop before its first step, at night perhaps.",
            wrong: "`STAGING_JWT_SECRET` is set in the pipeline's settings of another branch only.",
            right: "The shell that calls `tidegate` has every variable that `secrets:` names."),
        check(
            "host", "Hosts in addresses are known, answer, and are not this machine by mistake.",
            "A service would start, and fail with its first call.",
            wrong: "`https://alerts.example.internal` has no entry in the DNS.",
            right: "The name resolves, the port answers, and its certificate is trusted."),
        check(
            "database", "The database lets the service in, and is what the release expects.",
            "A wrong password, a missing extension or a later schema shows when instances have been replaced already.",
            wrong: "`DATABASE_URL` has the password of before the last rotation.",
            right: "The role of `DATABASE_URL` logs in, owns the tables that it migrates, and the schema is known."),
        check(
            "provider", "Providers take the key that instances will use.",
            "A revoked key is found by the first customer otherwise.",
            wrong: "`OPENAI_API_KEY` is answered with 401.",
            right: "`OPENAI_API_KEY` is answered with 200 at the provider's probe path."),
        check(
            "broker", "The broker lets the service in with its own account.",
            "Services start without it, and nothing is ever processed.",
            wrong: "The broker was set up anew, and has no users.",
            right: "The user of `AMQP_URL` logs in, and may use its virtual host."),
        check(
            "artifact", "The release's files are what was recorded, and this machine can run them.",
            "A program for another architecture never starts.",
            wrong: "The artifact was built on arm64, and the machine is x86_64.",
            right: "The artifact is built for the machine that runs it."),
        check(
            "trial", "The artifact's own check says that it could start.",
            "Nobody knows better than the program itself what it misses.",
            wrong: "`pipeline check api` exits with 1: the storage folder cannot be written.",
            right: "`pipeline check api` exits with 0."),
        check(
            "machine", "This machine has what a rollout needs: ports, room, the router and its certificate.",
            "The rollout would stop half way.",
            wrong: "Port 8000 is taken by another program.",
            right: "Port 8000 is free, or the router listens there already."),
    ]

    private static func check(
        _ kind: String, _ summary: String, _ why: String, wrong: String, right: String
    ) -> RuleDescription {
        RuleDescription(
            "preflight.\(kind)", summary, why, wrong: .words(wrong), right: .words(right), stage: .preflight,
            mustHold: true)
    }
}
