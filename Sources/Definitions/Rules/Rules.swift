/// What an environment must hold beyond having the right shape. Every rule looks; none stops the next.
enum Rules {
    static func check(_ draft: EnvironmentDraft, _ collector: FindingCollector) {
        ServiceRules(draft: draft, collector: collector).check()
        RouterRules(draft: draft, collector: collector).check()
        StrategyRules(draft: draft, collector: collector).check()
        ReferenceRules(draft: draft, collector: collector).check()
        SecretRules(draft: draft, collector: collector).check()
        VariableRules(draft: draft, collector: collector).check()
    }
}
