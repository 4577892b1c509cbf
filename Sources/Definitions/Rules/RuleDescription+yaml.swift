extension RuleDescription {
    /// What the reader of YAML reports. Errors cannot be lowered: of a file that is read in doubt nothing else is known.
    static let yaml: [RuleDescription] = [
        .init(
            "yaml.syntax", "The file is YAML.", "A file that cannot be read defines nothing.",
            wrong: .environment("smoke: [smoke/health.yaml"), right: .environment("smoke: [smoke/health.yaml]"),
            mustHold: true),
        .init(
            "yaml.duplicate-key", "A key stands once in its mapping.",
            "Which of two values holds depends on the reader; whoever wrote the second may believe that it does.",
            wrong: .environment("variables:\n  LOG_LEVEL: info\n  LOG_LEVEL: debug"),
            right: .environment("variables:\n  LOG_LEVEL: debug"), mustHold: true),
        .init(
            "yaml.tabs", "Lines are indented with spaces.", "YAML has no tabs in indentation.",
            wrong: .environment("variables:\n\tLOG_LEVEL: info"), right: .environment("variables:\n  LOG_LEVEL: info"),
            mustHold: true),
        .init(
            "yaml.not-utf8", "The file is UTF-8.", "Other encodings are read differently on different machines.",
            wrong: .bytes(
                "environments/dev.yaml", Array("# caf".utf8) + [0xE9] + Array("\nenvironment: dev\n".utf8),
                shown: "# caf\\xE9\nenvironment: dev"),
            right: .environment("# café\nvariables: { LOG_LEVEL: info }"), mustHold: true),
        .init(
            "yaml.too-large", "The file stays within the limits.", "A definition that large is a mistake or an attack.",
            wrong: .bytes(
                "environments/dev.yaml", Array(String(repeating: "[", count: 100).utf8),
                shown: "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[… a hundred levels deep"),
            right: .environment("smoke: [smoke/health.yaml]"), mustHold: true),
        .init(
            "yaml.alias", "Aliases refer to anchors above them, within a budget.",
            "A few hundred bytes of nested aliases can stand for more memory than there is.",
            wrong: .environment("services:\n  api: { health: *probe }\n  worker: { health: &probe { every: 10s } }"),
            right: .environment("services:\n  api: { health: &probe { every: 10s } }\n  worker: { health: *probe }"),
            mustHold: true),
        .init(
            "yaml.tag", "Values have no explicit tags.", "Types come from the reference, not from the file.",
            wrong: .environment("variables: { MAX_PAGES: !!int \"50\" }"),
            right: .environment("variables: { MAX_PAGES: 50 }"), mustHold: true),
        .init(
            "yaml.anchor-unused", "Aliases use every anchor.",
            "A text that begins with `&` loses its first word without a sound.",
            wrong: .environment("variables: { LOG_LEVEL: &level debug }"),
            right: .environment("variables: { LOG_LEVEL: debug }"), severity: .warning),
        .init(
            "yaml.merge-key", "Files share keys by `extends`, not by `<<`.",
            "Readers of YAML 1.2 take `<<` for a key like any other, and what it should bring is missing.",
            wrong: .environment(
                "services:\n  api: { health: &probe { every: 10s } }\n  worker: { health: { <<: *probe, timeout: 1s } }"
            ),
            right: .environment(
                "services:\n  api: { health: { every: 10s } }\n  worker: { health: { every: 10s, timeout: 1s } }"),
            mustHold: true),
        .init(
            "yaml.documents", "A file holds one document.",
            "Most readers take the first or the last of several, and never say which.",
            wrong: .environment("variables: { LOG_LEVEL: info }\n---\nvariables: { LOG_LEVEL: debug }"),
            right: .environment("variables: { LOG_LEVEL: debug }"), mustHold: true),
        .init(
            "yaml.reserved", "Texts that begin with `@`, a backtick or `%` are quoted.",
            "YAML keeps these characters for itself, and cannot read the file.",
            wrong: .environment("variables: { LOG_LEVEL: @info }"),
            right: .environment("variables: { LOG_LEVEL: info }"), mustHold: true),
        .init(
            "yaml.invisible", "Keys are made of characters that can be seen and told apart.",
            "A key with a no-break space or a zero-width character in it is another key, and looks the same.",
            wrong: .environment("variables: { LOG\u{200B}_LEVEL: debug }"),
            right: .environment("variables: { LOG_LEVEL: debug }"), mustHold: true),
        .init(
            "yaml.line-ends", "Lines end with a line feed.",
            "What one program shows as a line of its own is the rest of a comment to the next.",
            wrong: .bytes(
                "environments/dev.yaml", Array("environment: dev\nextends: shared.yaml\r# the end\n".utf8),
                shown: "environment: dev\nextends: shared.yaml\\r# the end"),
            right: .environment("variables: { LOG_LEVEL: debug }"), severity: .warning),
        .init(
            "yaml.truth", "Words that some readers take for truth values are quoted.",
            "`NO` is Norway in one program and false in the next, and nobody sees it change.",
            wrong: .environment("variables: { PUBLIC_REGION: no }").and(publicRegion),
            right: .environment("variables: { PUBLIC_REGION: \"no\" }").and(publicRegion), severity: .warning),
        .init(
            "yaml.number", "Texts that look like numbers are quoted.",
            "A version `1.10` is printed again as 1.1, and `0755` as 493, by the next program that writes the file.",
            wrong: .environment("variables: { PUBLIC_REGION: 1.10 }").and(publicRegion),
            right: .environment("variables: { PUBLIC_REGION: \"1.10\" }").and(publicRegion), severity: .warning),
        .init(
            "yaml.date", "Texts that look like dates are quoted.",
            "Other readers make a point in time of it, and print it in a form of their own.",
            wrong: .environment("variables: { PUBLIC_REGION: 2026-11-21 }").and(publicRegion),
            right: .environment("variables: { PUBLIC_REGION: \"2026-11-21\" }").and(publicRegion),
            severity: .warning),
        .init(
            "yaml.null", "Nothing is written where nothing is meant.",
            "A variable without a value removes what an extended file has, where an empty text may be meant.",
            wrong: .environment("variables: { LOG_LEVEL: }"), right: .environment("variables: { MODE: real }"),
            severity: .warning),
    ]

    /// A variable that may have any text.
    private static let publicRegion = RuleExample.contract(
        "api", "{\"variables\": [{\"name\": \"PUBLIC_REGION\", \"kind\": \"string\", \"summary\": \"where it runs\"}]}")
}
