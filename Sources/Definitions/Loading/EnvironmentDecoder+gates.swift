/// Objectives, gates and freezes.
extension EnvironmentDecoder {
    func objectives(_ reader: YAMLReader) -> [ObjectiveDefinition]? {
        reader.entries()?.compactMap { entry in
            entry.value.mapping { objective in
                ObjectiveDefinition(
                    service: entry.key, availability: objective.optional("availability", share),
                    latency: objective.optional("latency", latency),
                    window: objective.optional("window", window) ?? ObjectiveDefinition.usualWindow)
            }
        }
    }

    /// 100 % leaves no budget: the first error would use it up for ever.
    private func share(_ reader: YAMLReader) -> Double? {
        guard let share = reader.percentage() else { return nil }
        return share > 0 && share < 1 ? share : reader.wrong("a percentage between 0% and 100%", example: "99.9%")
    }

    private func latency(_ reader: YAMLReader) -> ObjectiveDefinition.Latency? {
        reader.mapping { latency in
            let quantile = latency.optional("quantile") { $0.quantile() } ?? 0.95
            return latency.required("below") { positive($0) }.map { .init(quantile: quantile, below: $0) }
        } ?? nil
    }

    private func window(_ reader: YAMLReader) -> Duration? {
        guard let window = reader.duration() else { return nil }
        return (.seconds(3_600) ... .seconds(90 * 86_400)).contains(window)
            ? window : reader.wrong("from 1h to 90d", example: "30d")
    }

    func gates(_ reader: YAMLReader) -> GateDefinition? {
        reader.mapping { gates in
            var result = GateDefinition(approval: gates.optional("approval") { Self.approval($0, isStep: false) })
            gates.optional("evidence") {
                $0.mapping { evidence in
                    result.evidence = evidence.required("kinds") { $0.list { $0.choice(EvidenceKind.self) } } ?? []
                    evidence.optional("within") { positive($0) }.map { result.evidenceWithin = $0 }
                }
            }
            gates.optional("error-budget") { $0.choice(GateDefinition.Force.self) }.map { result.errorBudget = $0 }
            gates.optional("spend") { $0.choice(GateDefinition.Force.self) }.map { result.spend = $0 }
            return result
        }
    }

    /// - Parameter isStep: whether something is under way already when it is waited for.
    static func approval(_ reader: YAMLReader, isStep: Bool) -> ApprovalDefinition? {
        reader.mapping { approval in
            var result = ApprovalDefinition()
            approval.optional("by") { $0.list { $0.string() } }.map { result.by = $0 }
            approval.optional("four-eyes") { $0.boolean() }.map { result.fourEyes = $0 }
            approval.optional("within") { reader in
                reader.duration().flatMap { $0 > .zero ? $0 : reader.wrong("longer than nothing", example: "4h") }
            }.map { result.within = $0 }
            guard isStep else { return result }
            approval.optional("otherwise") { $0.choice(ApprovalDefinition.Otherwise.self) }.map {
                result.otherwise = $0
            }
            return result
        }
    }

    func freezes(_ reader: YAMLReader) -> [FreezeWindow]? {
        reader.list { reader in
            reader.mapping { freeze -> FreezeWindow? in
                let from = freeze.required("from", weekTime)
                let until = freeze.required("until", weekTime)
                let zone = freeze.has("zone") ? freeze.optional("zone", zone) : "UTC"
                let reason = freeze.required("reason") { $0.string() }
                guard let from, let until, let zone, let reason else { return nil }
                return FreezeWindow(from: from, until: until, zone: zone, reason: reason)
            } ?? nil
        }
    }

    func weekTime(_ reader: YAMLReader) -> FreezeWindow.WeekTime? {
        reader.node.scalar.flatMap { FreezeWindow.WeekTime($0.text) }
            ?? reader.wrong("a time of the week or of the day", example: "fri 16:00")
    }
}
