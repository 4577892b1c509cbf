extension RuleDescription {
    /// What the reader of YAML reports. None can be lowered: of a file that is read in doubt nothing else is known.
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
    ]
}
