/// What looks at a canary's traffic and may take it back. Pure: ticks in, a ruling out.
protocol RollbackPolicy {
    mutating func observe(_ tick: Tick) -> Ruling
}

enum Ruling: Equatable {
    case watch
    case rollBack
    /// It has let the release pass, and looks no more.
    case pass
}

/// The policies that are compared, in the order of the tables.
enum PolicyName: String, CaseIterable, Codable, CodingKeyRepresentable {
    case tidegate, argo, argoStep, flagger, flaggerDocs, kayenta, codeDeploy, circuitBreaker

    var title: String {
        switch self {
        case .tidegate: "Tidegate"
        case .argo: "Argo Rollouts, 5 min"
        case .argoStep: "Argo Rollouts, 60 s × 5"
        case .flagger: "Flagger, threshold 1"
        case .flaggerDocs: "Flagger, threshold 10"
        case .kayenta: "Kayenta"
        case .codeDeploy: "CodeDeploy alarm"
        case .circuitBreaker: "ECS circuit breaker"
        }
    }

    /// - Parameter seed: of the noise that Kayenta's judge adds to constant series.
    func make(seed: UInt64) -> any RollbackPolicy {
        switch self {
        case .tidegate: TidegatePolicy()
        case .argo: ArgoPolicy.background
        case .argoStep: ArgoPolicy.step
        case .flagger: FlaggerPolicy(threshold: 1)
        case .flaggerDocs: FlaggerPolicy(threshold: 10)
        case .kayenta: KayentaPolicy(seed: seed)
        case .codeDeploy: AlarmPolicy()
        case .circuitBreaker: CircuitBreakerPolicy()
        }
    }
}
