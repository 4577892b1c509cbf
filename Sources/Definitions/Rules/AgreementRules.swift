import Contract

/// Services that must agree do: on a key, a database, a broker.
struct AgreementRules {
    let draft: EnvironmentDraft
    let given: GivenValues
    let collector: FindingCollector

    func check() {
        var words: [String: [GivenValue]] = [:]
        for value in given.all {
            if let word = value.declaration.agreesOn { words[word, default: []].append(value) }
        }
        for word in words.keys.sorted() { check(words[word] ?? [], on: word) }
        checkBrokers()
    }

    private func check(_ values: [GivenValue], on word: String) {
        var reported: Set<Place> = []
        for (odd, usual) in Self.differing(values) where reported.insert(odd.place).inserted {
            report(odd, usual, "must agree on `\(word)`")
        }
    }

    /// Who writes to a queue and who reads from it meet on one broker, whether or not their contracts say so.
    private func checkBrokers() {
        let users = draft.environment.services.compactMap { service in
            draft.contracts[service.name]?.queues.flatMap { given.value(of: $0.variable, service: service.name) }
        }
        for (index, odd) in users.enumerated() {
            let other = users[..<index].first { usual in
                let isSaid = odd.declaration.agreesOn != nil && odd.declaration.agreesOn == usual.declaration.agreesOn
                return !isSaid && !odd.agrees(with: usual) && sharesQueue(odd.service, usual.service)
            }
            if let other { report(odd, other, "share a queue and must use the same broker") }
        }
    }

    private func sharesQueue(_ first: String, _ second: String) -> Bool {
        func names(_ service: String) -> Set<String> {
            let queues = draft.contracts[service]?.queues
            return Set((queues?.produces ?? []) + (queues?.consumes ?? []))
        }
        return !names(first).isDisjoint(with: names(second))
    }

    private func report(_ odd: GivenValue, _ usual: GivenValue, _ what: String) {
        let names = odd.name == usual.name ? "`\(odd.name)` differs" : "`\(odd.name)` and `\(usual.name)` differ"
        collector.report(
            "coherence.disagree", at: odd.place, name: odd.name,
            "`\(odd.service)` and `\(usual.service)` \(what), and \(names) "
                + "(`\(odd.service)`: \(describe(odd)); `\(usual.service)`: \(describe(usual))).",
            fix: fix(odd, usual))
    }

    private func describe(_ value: GivenValue) -> String {
        switch value.source {
        case .text(let text): value.isShown ? "`\(text.prefix(60))`" : "a value in the open"
        case .byDefault(let text): value.isShown ? "its default, `\(text.prefix(60))`" : "its default"
        case .secret(let source, _): SecretDefinition(source: source).origin
        }
    }

    private func fix(_ odd: GivenValue, _ usual: GivenValue) -> String {
        if odd.name == usual.name, odd.keys.first == "services" {
            let own = "`\(odd.keys.joined(separator: "."))`"
            return usual.keys.first == "services"
                ? "Write it once for both, under `\(odd.keys[2])`, in place of \(own)."
                : "Remove \(own), so that both have the environment's."
        }
        if case .byDefault = odd.source { return "Write `\(odd.name)` with the value that `\(usual.service)` has." }
        let from =
            usual.isDefault ? "the default of `\(usual.name)`" : "what `\(usual.keys.joined(separator: "."))` has"
        return "Write for `\(odd.name)` \(from)."
    }

    /// The values outside the largest group of those that agree, each with one of that group. Of equal groups it is the
    /// first that has the environment's value, or else the first.
    static func differing(_ values: [GivenValue]) -> [(odd: GivenValue, usual: GivenValue)] {
        var groups: [[GivenValue]] = []
        for value in values {
            if let index = groups.firstIndex(where: { $0[0].agrees(with: value) }) {
                groups[index].append(value)
            } else {
                groups.append([value])
            }
        }
        let most = groups.map(\.count).max() ?? 0
        let largest = groups.indices.filter { groups[$0].count == most }
        let common = largest.first { groups[$0].contains { $0.keys.first != "services" } } ?? largest.first
        guard groups.count > 1, let common else { return [] }
        return groups.indices.filter { $0 != common }.flatMap { groups[$0] }.map { ($0, groups[common][0]) }
    }
}
