import Definitions

/// What an environment's file asks for before a rollout, as it was read when the rollout was prepared.
package struct GateTerms: Codable, Sendable, Equatable {
    /// The environment that a release must have succeeded in; nil takes any release.
    package var promotesFrom: String?
    package var soak: Duration
    package var freezes: [FreezeWindow]
    package var asked: GateDefinition
    package var objectives: [ObjectiveDefinition]

    package init(
        promotesFrom: String? = nil, soak: Duration = .zero, freezes: [FreezeWindow] = [],
        asked: GateDefinition = GateDefinition(), objectives: [ObjectiveDefinition] = []
    ) {
        self.promotesFrom = promotesFrom
        self.soak = soak
        self.freezes = freezes
        self.asked = asked
        self.objectives = objectives
    }

    package init(_ environment: Definitions.Environment) {
        self.init(
            promotesFrom: environment.promotesFrom, soak: environment.soak, freezes: environment.freezes,
            asked: environment.gates, objectives: environment.objectives)
    }
}
