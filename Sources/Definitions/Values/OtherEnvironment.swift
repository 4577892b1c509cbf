/// A word that stands for an environment in hosts, paths and names of variables.
struct OtherEnvironment: Sendable, Equatable {
    /// `staging`, `stg`.
    var word: String
    /// Whether the project has this environment; otherwise it is a word such as `qa`, which may mean something else.
    var isDeclared: Bool

    private static let synonyms: [Set<String>] = [
        ["dev", "develop", "development"], ["staging", "stage", "stg"], ["prod", "production", "prd"],
    ]
    /// Words for what is not production, whether or not the project has it.
    private static let trials = ["test", "testing", "qa", "uat", "sandbox", "preprod", "demo"]

    /// Hosts of products, whose names have such a word.
    static let products: Set<String> = [
        "dev.azure.com", "dev.to", "dev.mysql.com", "test.pypi.org", "demo.otlp.io", "sandbox.api.service.nhs.uk",
    ]

    /// The words that do not belong to an environment.
    static func all(of others: [String], seenFrom own: String, _ kind: EnvironmentKind) -> [OtherEnvironment] {
        let mine = words(own)
        var result: [OtherEnvironment] = []
        func add(_ word: String, _ isDeclared: Bool) {
            // `production-eu` has the word `production` in its own name.
            guard !mine.contains(word), !own.split(separator: "-").contains(word[...]) else { return }
            if !result.contains(where: { $0.word == word }) {
                result.append(OtherEnvironment(word: word, isDeclared: isDeclared))
            }
        }
        for other in others.sorted() { for word in words(other).sorted() { add(word, true) } }
        if kind == .production {
            for word in ["dev", "development", "staging", "stage"] + trials { add(word, false) }
        } else {
            for word in ["prod", "production"] { add(word, false) }
        }
        return result
    }

    /// Whether an environment's own name, or another word for it, is a whole word of the text.
    static func names(_ own: String, in text: String) -> Bool {
        named(in: text, words(own).map { OtherEnvironment(word: $0, isDeclared: true) }) != nil
    }

    private static func words(_ name: String) -> Set<String> {
        synonyms.first { $0.contains(name) } ?? [name]
    }

    /// The first of `others` that is a whole word of the text: `db.staging.example` has `staging`, `latest` has no `test`.
    static func named(in text: some StringProtocol, _ others: [OtherEnvironment]) -> OtherEnvironment? {
        let words = text.lowercased().runsOfLettersAndDigits
        return others.first { other in
            words.contains(other.word[...]) || other.word.contains("-") && text.lowercased().contains(other.word)
        }
    }
}
