extension RuleDescription {
    /// What can be said of any value, wherever it comes from.
    static let values: [RuleDescription] = [
        .init(
            "value.characters", "Values have no characters that nobody sees.",
            "A line end behind a key, or a no-break space in it, is part of the key, and the key is refused.",
            wrong: .environment("variables: { PUBLIC_URL: \"https://documents.tidegate.dev \" }", .production),
            right: .environment("variables: { PUBLIC_URL: \"https://documents.tidegate.dev\" }", .production)),
        .init(
            "value.address", "Addresses of databases and brokers are read alike by every driver.",
            "A character that ends the password too early, or a scheme of one language's library, leads elsewhere.",
            wrong: .environment(
                "secrets:\n  DATABASE_URL: { from: literal, value: \"postgresql+asyncpg://app@127.0.0.1/documents\" }"),
            right: .environment(
                "secrets:\n  DATABASE_URL: { from: literal, value: \"postgresql://app@127.0.0.1/documents\" }")),
        .init(
            "value.holds-secret", "No plain value holds a key or a password.",
            "It is in version control, and in every list of settings.",
            wrong: .environment(
                "variables: { PUBLIC_URL: \"https://admin:9fQ2vXr7LwT5kZ8m@documents.tidegate.dev\" }", .production),
            right: .environment("variables: { PUBLIC_URL: \"https://documents.tidegate.dev\" }", .production)),
        .init(
            "value.loopback", "Outside development, addresses are of other machines.",
            "On another host, `localhost` is nobody.",
            wrong: .environment("variables: { PUBLIC_URL: \"http://localhost:3000\" }", .production),
            right: .environment("variables: { PUBLIC_URL: \"https://documents.tidegate.dev\" }", .production)),
        .init(
            "value.private-host", "Outside development, hosts are known beyond one network.",
            "`10.0.3.4` is another machine wherever it is asked for. Names that end with `.local` or `.internal` are a "
                + "warning.",
            wrong: .environment("variables: { PUBLIC_URL: \"https://10.0.3.4\" }", .production),
            right: .environment("variables: { PUBLIC_URL: \"https://documents.tidegate.dev\" }", .production)),
        .init(
            "value.example-domain", "Production has no domain that is for manuals.",
            "Nobody has replaced it, and nobody answers there.",
            wrong: .environment("variables: { PUBLIC_URL: \"https://documents.example.com\" }", .production),
            right: .environment("variables: { PUBLIC_URL: \"https://documents.tidegate.dev\" }", .production)),
        .init(
            "value.other-environment", "Values are those of their own environment.",
            "Production would write to staging's database. Where a name may mean something else it is a warning.",
            wrong: .environment("variables: { PUBLIC_URL: \"https://staging.tidegate.dev\" }", .production),
            right: .environment("variables: { PUBLIC_URL: \"https://documents.tidegate.dev\" }", .production)),
        .init(
            "value.insecure", "What leaves the machine is encrypted, outside development.",
            "Keys and documents can be read on the way. A database that only prefers encryption is a warning.",
            wrong: .environment("variables: { PUBLIC_URL: \"http://documents.tidegate.dev\" }", .production),
            right: .environment("variables: { PUBLIC_URL: \"https://documents.tidegate.dev\" }", .production)),
    ]
}
