/// Reads lists of steps.
struct StrategyDecoder {
    func strategies(_ reader: YAMLReader) -> [String: Strategy]? {
        guard let entries = reader.entries() else { return nil }
        var result: [String: Strategy] = [:]
        for entry in entries {
            guard let steps = entry.value.list(step) else { continue }
            result[entry.key] = Strategy(steps: steps)
        }
        return result
    }

    private func step(_ reader: YAMLReader) -> StrategyStep? {
        guard reader.node.entries != nil else {
            return switch reader.choice(among: ["smoke", "preview", "approve"]) {
            case "smoke": .smoke
            case "preview": .preview
            case "approve": .approve(nil)
            default: nil
            }
        }
        return reader.mapping { step -> StrategyStep? in
            let weight = step.optional("weight", weight)
            let bake = step.optional("bake", bake)
            let run = step.optional("run") { CommandDecoder().step($0) }
            let approve = step.optional("approve") { EnvironmentDecoder.approval($0, isStep: true) }
                .map { StrategyStep.approve($0) }
            guard [weight, bake, run, approve].count(where: { $0 != nil }) <= 1 else {
                return reader.wrong("one step, not two in one", example: "- weight: 20%")
            }
            return weight ?? bake ?? run ?? approve
        } ?? nil
    }

    private func weight(_ reader: YAMLReader) -> StrategyStep? {
        guard let fraction = reader.percentage() else { return nil }
        let percent = (fraction * 100).rounded()
        guard percent >= 1, abs(fraction * 100 - percent) < 1e-9 else {
            return reader.wrong("a whole percentage from 1% to 100%", example: "20%")
        }
        return .weight(Int(percent))
    }

    private func kayenta(_ reader: YAMLReader) -> KayentaDefinition? {
        reader.mapping { kayenta -> KayentaDefinition? in
            var terms = KayentaDefinition()
            kayenta.optional("pass") { $0.integer(in: 1...100) }.map { terms.pass = $0 }
            kayenta.optional("marginal") { $0.integer(in: 0...100) }.map { terms.marginal = $0 }
            kayenta.optional("critical") { $0.list(signal) }.map { terms.critical = $0 }
            kayenta.optional("required") { $0.list(signal) }.map { terms.required = $0 }
            guard terms.marginal <= terms.pass else {
                return reader.wrong("with a `marginal` of at most `pass`", example: "{ pass: 95, marginal: 75 }")
            }
            return terms
        } ?? nil
    }

    /// Files write `error-rate`, verdicts `error_rate`.
    private func signal(_ reader: YAMLReader) -> String? {
        reader.string().map { $0 == "error-rate" ? "error_rate" : $0 }
    }

    private func bake(_ reader: YAMLReader) -> StrategyStep? {
        reader.mapping { bake -> StrategyStep? in
            let evidence = Evidence(
                minimumRequests: bake.optional("requests") { $0.integer(in: 0...1_000_000_000) } ?? 0,
                otherwise: bake.optional("otherwise") { $0.choice(Evidence.Otherwise.self) } ?? .hold,
                early: bake.optional("early") { $0.boolean() }, kayenta: bake.optional("kayenta", kayenta))
            if evidence.kayenta != nil, evidence.early == true {
                return reader.wrong(
                    "without `early` where Kayenta's judge looks at the whole of it", example: "early: false")
            }
            return bake.required("for") { $0.duration() }.map { .bake($0, evidence: evidence) }
        } ?? nil
    }
}
