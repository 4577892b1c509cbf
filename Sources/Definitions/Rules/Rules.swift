/// What an environment must hold beyond having the right shape. Every rule looks; none stops the next.
enum Rules {
    static func check(_ draft: EnvironmentDraft, _ collector: FindingCollector) {
        ServiceRules(draft: draft, collector: collector).check()
        RouterRules(draft: draft, collector: collector).check()
        StrategyRules(draft: draft, collector: collector).check()
        ReferenceRules(draft: draft, collector: collector).check()
        SecretRules(draft: draft, collector: collector).check()
        SecretSourceRules(draft: draft, collector: collector).check()
        OwnAddressRules(draft: draft, collector: collector).check()
        VariableRules(draft: draft, collector: collector).check()
        PromotionRules(draft: draft, collector: collector).check()
        GateRules(draft: draft, collector: collector).check()
        AlertRouteRules(draft: draft, collector: collector).check()
        TopologyRules(draft: draft, collector: collector).check()
        checkValues(draft, GivenValues(draft), collector)
    }

    private static func checkValues(_ draft: EnvironmentDraft, _ given: GivenValues, _ collector: FindingCollector) {
        AgreementRules(draft: draft, given: given, collector: collector).check()
        AddressRules(draft: draft, given: given, collector: collector).check()
        HealthRules(draft: draft, given: given, collector: collector).check()
        ProductionRules(draft: draft, given: given, collector: collector).check()
        SignalRules(draft: draft, given: given, collector: collector).check()
        MetricRules(draft: draft, collector: collector).check()
        MigrationRules(draft: draft, given: given, collector: collector).check()
    }
}
