/// Reads where a secret comes from. Messages name keys and never values.
struct SecretDecoder {
    private enum Kind: String, CaseIterable {
        case environment, file, command, age, vault, stored, generated, literal

        /// The keys that belong to this kind of source.
        var keys: [String] {
            switch self {
            case .environment: ["name"]
            case .file: ["path"]
            case .command: ["run"]
            case .age: ["file", "key", "identity"]
            case .vault: ["path", "key", "version"]
            case .stored: []
            case .generated: ["bytes"]
            case .literal: ["value"]
            }
        }
    }

    private static let allKeys = ["name", "path", "run", "file", "key", "identity", "version", "bytes", "value"]

    /// Replaces `${…}` in a literal; nil after it has reported a finding.
    let expand: (String, Place) -> String?

    func definition(_ reader: YAMLReader, name: String) -> SecretDefinition? {
        guard reader.node.entries != nil else {
            reader.collector.report(
                "secret.source", at: reader.place, name: name,
                "`\(name)` stands under `secrets` with a value in the open.",
                fix: "Say where it comes from, such as `{ from: environment, name: \(name) }`.")
            return nil
        }
        return reader.mapping { secret in
            let expires = secret.optional("expires") { $0.day() }
            let timeout = secret.optional("timeout", Self.timeout)
            guard let kind = secret.required("from", { $0.choice(Kind.self) }) else {
                for key in Self.allKeys { _ = secret.has(key) }
                return nil
            }
            checkForeignKeys(secret, kind, name, reader.collector)
            return source(secret, kind).map { SecretDefinition(source: $0, expires: expires, timeout: timeout) }
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
        case .age:
            secret.required("file") { $0.string() }.map { file in
                .age(
                    file: file, key: secret.optional("key") { $0.string() },
                    identity: secret.optional("identity") { $0.string() })
            }
        case .vault: vault(secret)
        case .stored: .stored
        case .generated: secret.required("bytes") { $0.integer(in: 16...1024) }.map { .generated(bytes: $0) }
        case .literal: secret.required("value") { r in r.string().flatMap { expand($0, r.place) } }.map { .literal($0) }
        }
    }

    private func vault(_ secret: YAMLMappingReader) -> SecretDefinition.Source? {
        let path = secret.required("path") { reader -> String? in
            guard let text = reader.string() else { return nil }
            let parts = text.split(separator: "/", omittingEmptySubsequences: false)
            guard parts.count >= 2, parts.allSatisfy({ !$0.isEmpty && $0 != "." && $0 != ".." }) else {
                return reader.wrong("a mount and a path in it", example: "kv/staging/api")
            }
            return text
        }
        let key = secret.required("key") { $0.string() }
        let version = secret.optional("version") { $0.integer(in: 1...1_000_000) }
        guard let path, let key else { return nil }
        return .vault(path: path, key: key, version: version)
    }

    private static func timeout(_ reader: YAMLReader) -> Duration? {
        guard let duration = reader.duration() else { return nil }
        return (.milliseconds(100)...(.seconds(300))).contains(duration)
            ? duration : reader.wrong("a duration from 100ms to 5m", example: "10s")
    }

    private func variableName(_ reader: YAMLReader) -> String? {
        guard let name = reader.string() else { return nil }
        return Names.isVariable(name) ? name : reader.wrong("a variable's name", example: "JWT_SECRET")
    }

    /// Keys that belong to another kind of source would be ignored, and so are errors.
    private func checkForeignKeys(
        _ secret: YAMLMappingReader, _ kind: Kind, _ name: String, _ collector: FindingCollector
    ) {
        for key in Self.allKeys where secret.has(key) && !kind.keys.contains(key) {
            collector.report(
                "secret.source", at: secret.place, name: name,
                "`\(key)` means nothing to a secret that is `from: \(kind.rawValue)`.", fix: "Remove `\(key)`.")
        }
    }
}
