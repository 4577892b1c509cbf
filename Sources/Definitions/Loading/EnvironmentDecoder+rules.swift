extension EnvironmentDecoder {
    func rules(_ reader: YAMLReader) -> [RuleException]? {
        reader.list { reader in
            reader.mapping { rule -> RuleException? in
                let id = rule.required("rule") { $0.string() }
                let severity = rule.required("severity") { $0.choice(RuleException.Severity.self) }
                let name = rule.optional("for") { $0.string() }
                let until = rule.optional("until") { $0.day() }
                let reason = rule.required("reason") { $0.string() }
                guard let id, let severity, let reason, until != nil || !rule.has("until") else { return nil }
                return RuleException(
                    rule: id, severity: severity, name: name, reason: reason, until: until, place: reader.place)
            } ?? nil
        }
    }
}
