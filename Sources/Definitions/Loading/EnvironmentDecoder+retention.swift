extension EnvironmentDecoder {
    func retention(_ reader: YAMLReader) -> RetentionDefinition? {
        reader.mapping { retention in
            var result = RetentionDefinition()
            if let journals = retention.optional("journals", { $0.integer(in: 1...100_000) }) {
                result.journals = journals
            }
            if let bundles = retention.optional("bundles", { $0.integer(in: 2...10_000) }) { result.bundles = bundles }
            if let releases = retention.optional("releases", { $0.integer(in: 1...100_000) }) {
                result.releases = releases
            }
            if let records = retention.optional("records", { positive($0) }) { result.records = records }
            if let logs = retention.optional("logs", { positive($0) }) { result.logs = logs }
            return result
        }
    }
}
