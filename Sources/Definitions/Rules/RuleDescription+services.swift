extension RuleDescription {
    static let services: [RuleDescription] = [
        .init(
            "service.none", "An environment runs at least one service.", "A rollout of nothing succeeds at once.",
            wrong: .environment("services: ~"), right: .environment("services:\n  api: { replicas: 1 }"), mustHold: true
        ),
        .init(
            "service.unknown-after", "A service waits for services that exist.", "It would wait for ever.",
            wrong: .environment("services:\n  worker: { after: [apu] }"),
            right: .environment("services:\n  worker: { after: [api] }"), mustHold: true),
        .init(
            "service.cycle", "Services do not wait for each other.", "None of them would start.",
            wrong: .environment("services:\n  api: { after: [worker] }\n  worker: { after: [api] }"),
            right: .environment("services:\n  worker: { after: [api] }"), mustHold: true),
        .init(
            "service.port", "Two services have different ports.", "The second could not listen.",
            wrong: .environment("services:\n  api: { port: 8000 }\n  worker: { port: 8000 }"),
            right: .environment("services:\n  api: { port: 8000 }\n  worker: { port: 8001 }"), mustHold: true),
        .init(
            "service.capacity", "Instances can be exchanged, and some go on serving meanwhile.",
            "A rollout would have no room to begin, or would take the service away.",
            wrong: .environment("services:\n  api: { replicas: 2, surge: 0 }"),
            right: .environment("services:\n  api: { replicas: 2, surge: 1 }"), mustHold: true),
    ]

    static let strategies: [RuleDescription] = [
        .init(
            "strategy.unknown", "A service's strategy is defined.", "Nobody would know the steps.",
            wrong: .environment("services:\n  api: { strategy: canray }"),
            right: .environment("services:\n  api: { strategy: canary }"), mustHold: true),
        .init(
            "strategy.incomplete", "A strategy ends with all traffic on the new bundle.",
            "The rollout would end half way.",
            wrong: .environment("strategies:\n  canary: [{ weight: 50% }]"),
            right: .environment("strategies:\n  canary: [{ weight: 50% }, { weight: 100% }]"), mustHold: true),
        .init(
            "strategy.order", "Weights grow from step to step.", "Traffic would go back without a verdict.",
            wrong: .environment("strategies:\n  canary: [{ weight: 50% }, { weight: 20% }, { weight: 100% }]"),
            right: .environment("strategies:\n  canary: [{ weight: 20% }, { weight: 50% }, { weight: 100% }]")),
        .init(
            "strategy.preview", "Where there is a preview, testers can reach it.",
            "Nobody would see what the step is for.",
            wrong: .environment(
                "services:\n  api: { strategy: canary }\nstrategies:\n  canary: [preview, { weight: 100% }]"),
            right: .environment(
                "services:\n  api: { strategy: canary }\nstrategies:\n  canary: [preview, { weight: 100% }]\n"
                    + "router: { testers: { header: X-Release } }")),
        .init(
            "strategy.evidence", "In production, traffic is the evidence.",
            "Smoke tests cannot see what users see: no observation, no promotion.",
            wrong: .environment(
                "strategies:\n  canary:\n    - weight: 100%\n    - bake: { for: 5m, requests: 100, otherwise: smoke }",
                .production),
            right: .environment(
                "strategies:\n  canary:\n    - weight: 100%\n    - bake: { for: 5m, requests: 100, otherwise: hold }",
                .production)),
        .init(
            "strategy.early", "A step that may end early has both bundles to compare.",
            "Evidence that a release is good comes from the old bundle beside it; without one the step takes its whole time.",
            wrong: .environment("strategies:\n  canary: [{ weight: 100% }, { bake: { for: 5m, early: true } }]"),
            right: .environment(
                "strategies:\n  canary: [{ weight: 20% }, { bake: { for: 5m, early: true } }, { weight: 100% }]"),
            severity: .warning),
        .init(
            "strategy.kayenta-series", "What Kayenta's judge is to look at is there.",
            "A name that was misspelt would be critical, or required, to nobody.",
            wrong: .environment(
                "strategies:\n  canary:\n    - weight: 20%\n    - bake: { for: 1h, kayenta: { critical: [error-rat] } }\n"
                    + "    - weight: 100%"),
            right: .environment(
                "strategies:\n  canary:\n    - weight: 20%\n    - bake: { for: 1h, kayenta: { critical: [error-rate] } }\n"
                    + "    - weight: 100%"), mustHold: true),
        .init(
            "strategy.kayenta-alone", "Kayenta's judge has both bundles to compare.",
            "Without the old bundle's points it has no data, and the step would wait until it goes back.",
            wrong: .environment(
                "strategies:\n  canary: [{ weight: 100% }, { bake: { for: 1h, kayenta: { pass: 95 } } }]"),
            right: .environment(
                "strategies:\n  canary: [{ weight: 20% }, { bake: { for: 1h, kayenta: { pass: 95 } } }, { weight: 100% }]"
            ),
            mustHold: true),
        .init(
            "strategy.kayenta-short", "Kayenta's judge has 50 points or more.",
            "It takes one a minute. Of regressions by a quarter it finds 4 % with 5 points, 38 % with 15, and all with 60.",
            wrong: .environment(
                "strategies:\n  canary: [{ weight: 20% }, { bake: { for: 5m, kayenta: { pass: 95 } } }, { weight: 100% }]"
            ),
            right: .environment(
                "strategies:\n  canary: [{ weight: 20% }, { bake: { for: 1h, kayenta: { pass: 95 } } }, { weight: 100% }]"
            ),
            severity: .warning),
    ]
}
