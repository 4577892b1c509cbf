/// Takes out of findings what may be a secret, whichever rule wrote it there. Rules do not; this is the second lock.
struct Redaction {
    /// Longer texts are found by their beginning, since messages cut values.
    private static let beginning = 24

    private let secrets: [String]

    init(_ secrets: Set<String>) {
        // The longest first, so that no part of one is left by another.
        self.secrets = secrets.sorted { ($1.utf8.count, $0) < ($0.utf8.count, $1) }
    }

    func callAsFunction(_ finding: Finding) -> Finding {
        guard !secrets.isEmpty else { return finding }
        var finding = finding
        finding.message = clean(finding.message)
        finding.fix = clean(finding.fix)
        finding.name = finding.name.map(clean)
        return finding
    }

    private func clean(_ text: String) -> String {
        var text = text
        for secret in secrets {
            let needle = String(secret.prefix(Self.beginning))
            guard text.contains(needle) else { continue }
            var result = ""
            var rest = text[...]
            while let found = rest.firstRange(of: needle) {
                result += rest[..<found.lowerBound] + SourceLine.mask
                rest = rest[found.upperBound...]
                let more = zip(rest, secret.dropFirst(Self.beginning)).prefix { $0 == $1 }.count
                rest = rest.dropFirst(more)
            }
            text = result + rest
        }
        return text
    }
}
