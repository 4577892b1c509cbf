extension EnvironmentDecoder {
    func drift(_ reader: YAMLReader) -> DriftDefinition? {
        reader.mapping { drift in
            var result = DriftDefinition()
            if let after = drift.optional("after", { $0.duration() }) { result.after = after }
            if let pace = drift.optional("secrets", { positive($0) }) { result.secrets = pace }
            return result
        }
    }
}
