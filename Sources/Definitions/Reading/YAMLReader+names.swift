extension YAMLReader {
    /// Lower-case letters, digits and hyphens.
    package func name() -> String? {
        guard let text = node.scalar?.text, Names.isName(text) else {
            return wrong("a name of lower-case letters, digits and hyphens", example: "canary-2")
        }
        return text
    }

    /// A path below the project.
    package func relativePath() -> String? {
        guard let text = node.scalar?.text, !node.isNull, Names.isRelativePath(text) else {
            return wrong("a path below the project, without `..`", example: "smoke/health.yaml")
        }
        return text
    }

    package func url() -> String? {
        guard let text = node.scalar?.text, Names.httpHost(text) != nil else {
            return wrong("an http or https address", example: "https://example.com/hook")
        }
        return text
    }

    /// Above 0 and below 1, written as `0.95`.
    package func quantile() -> Double? {
        guard let scalar = node.scalar, scalar.style == .plain, let value = Quantity.decimal(scalar.text), value > 0,
            value < 1
        else { return wrong("a quantile between 0 and 1", example: "0.95") }
        return value
    }

    /// A variable's value as a process sees it: lists are joined with commas.
    package func variableText() -> String? {
        if let scalar = node.scalar, !scalar.isNull { return scalar.text }
        guard let elements = node.elements else {
            return wrong("text, a number, a truth value or a list of them", example: "\"…\"")
        }
        let texts = elements.compactMap { $0.scalar?.text }
        guard texts.count == elements.count, !texts.contains(where: { $0.contains(",") || $0.isEmpty }) else {
            return wrong("a list of values without commas in them", example: "[one, two]")
        }
        return texts.joined(separator: ",")
    }
}
