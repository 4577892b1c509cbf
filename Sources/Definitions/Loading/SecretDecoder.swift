/// Reads where a secret comes from. Messages name keys and never values.
struct SecretDecoder {
    private enum Kind: String, CaseIterable { case environment, file, command, generated, literal }

    /// Replaces `${…}` in a literal; nil after it has reported a finding.
    let expand: (String, Place) -> String?

    func source(_ reader: YAMLReader, name: String) -> SecretDefinition.Source? {
        guard reader.node.entries != nil else {
            reader.collector.report(
                "secret.source", at: reader.place, name: name,
                "`\(name)` stands under `secrets` with a value in the open.",
                fix: "Say where it comes from, such as `{ from: environment, name: \(name) }`.")
            return nil
        }
        return reader.mapping { secret in
            guard let kind = secret.required("from", { $0.choice(Kind.self) }) else {
                for key in ["name", "path", "run", "bytes", "value"] { _ = secret.has(key) }
                return nil
            }
            checkForeignKeys(secret, kind, name, reader.collector)
            return source(secret, kind)
        } ?? nil
    }

    private func source(_ secret: YAMLMappingReader, _ kind: Kind) -> SecretDefinition.Source? {
        switch kind {
        case .environment: secret.required("name", variableName).map { .environment(name: $0) }
        case .file: secret.required("path") { $0.string() }.map { .file(path: $0) }
        case .command:
            secret.required("run") { reader in
                guard let words = reader.list({ $0.string() }) else { return nil }
                return words.isEmpty ? reader.wrong("a program and its arguments", example: "[pass, show, key]") : words
            }.map { .command($0) }
        case .generated: secret.required("bytes") { $0.integer(in: 16...1024) }.map { .generated(bytes: $0) }
        case .literal: secret.required("value") { r in r.string().flatMap { expand($0, r.place) } }.map { .literal($0) }
        }
    }

    private func variableName(_ reader: YAMLReader) -> String? {
        guard let name = reader.string() else { return nil }
        return Names.isVariable(name) ? name : reader.wrong("a variable's name", example: "JWT_SECRET")
    }

    /// Keys that belong to another kind of source would be ignored, and so are errors.
    private func checkForeignKeys(
        _ secret: YAMLMappingReader, _ kind: Kind, _ name: String, _ collector: FindingCollector
    ) {
        let own: [Kind: String] = [
            .environment: "name", .file: "path", .command: "run", .generated: "bytes", .literal: "value",
        ]
        for key in ["name", "path", "run", "bytes", "value"] where key != own[kind] && secret.has(key) {
            collector.report(
                "secret.source", at: secret.place, name: name,
                "`\(key)` means nothing to a secret that is `from: \(kind.rawValue)`.", fix: "Remove `\(key)`.")
        }
    }
}
