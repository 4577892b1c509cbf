import Analysis
import Definitions
import Rollouts

extension LiveControl {
    package func baselines(_ environment: String) async throws -> [BaselineDocument] {
        _ = try parts.environments.known(environment)
        return try await Explanations.explaining {
            try await parts.engine.baselines(environment: environment).flatMap { service in
                (service.inForce.map { [BaselineDocument($0, of: service.service, inForce: true)] } ?? [])
                    + service.measured.filter { $0.baseline != service.inForce?.baseline }.map {
                        BaselineDocument($0, of: service.service, inForce: false)
                    }
            }
        }
    }

    package func setBaseline(
        _ environment: String, _ body: BaselineBody, by caller: Caller
    ) async throws -> BaselineDocument {
        _ = try parts.environments.known(environment)
        return try await Explanations.explaining {
            let state = try await parts.engine.state(environment: environment)
            guard let current = state.current, let service = current.service(body.service) else {
                let known = state.current?.services.map(\.name).joined(separator: ", ") ?? "none"
                throw Refusal(
                    "unknown_service", "\(environment) runs no service \(body.service); it runs: \(known)", exit: .usage
                )
            }
            var baseline = try await chosen(environment, body, current)
            baseline.setBy = caller.name
            baseline.reason = body.reason
            let recorded = try await parts.engine.setBaseline(
                baseline, environment: environment, service: service.name)
            return BaselineDocument(recorded, of: service.name, inForce: true)
        }
    }

    /// What was measured under the bundle, or the number that was given.
    private func chosen(_ environment: String, _ body: BaselineBody, _ current: Bundle) async throws -> LatencyBaseline
    {
        guard let beginning = body.bundle else {
            let quantile = body.quantile ?? current.thresholds.latencyQuantile
            guard let milliseconds = body.milliseconds, milliseconds > 0, milliseconds < 86_400_000, quantile > 0,
                quantile < 1
            else {
                throw Refusal(
                    "invalid_baseline", "Give --bundle, or --latency above 0 with a --quantile between 0 and 1",
                    exit: .usage)
            }
            return LatencyBaseline(
                quantile: quantile, milliseconds: milliseconds, samples: 0, bundle: current.digest)
        }
        let all = try await parts.engine.baselines(environment: environment)
        let measured = all.first { $0.service == body.service }?.measured ?? []
        let text = beginning.hasPrefix("sha256:") ? beginning : "sha256:\(beginning)"
        let matches = measured.filter { $0.baseline.bundle.text.hasPrefix(text) }
        guard matches.count == 1, let match = matches.first else {
            throw Refusal(
                "unknown_bundle",
                "\(matches.isEmpty ? "nothing was" : "more than one bundle was") measured of \(body.service) as "
                    + "\(beginning); see: tidegate baseline show \(environment)", exit: .usage)
        }
        return match.baseline
    }

    package func replay(rollout: String) async throws -> ReplayDocument {
        try await Explanations.explaining {
            let replay = try await parts.engine.replay(rollout)
            return ReplayDocument(
                rollout: rollout, looks: replay.looks, departure: replay.departure,
                verdicts: replay.items.map { item in
                    ReplayDocument.Item(
                        seq: item.seq, at: item.at.rfc3339, signal: item.recorded.signal,
                        service: item.recorded.service, verdict: item.recorded.verdict.rawValue,
                        why: item.recorded.why, differences: item.differences)
                })
        }
    }
}

extension BaselineDocument {
    init(_ entry: BaselineRecord.Entry, of service: String, inForce: Bool) {
        let baseline = entry.baseline
        self.init(
            service: service, inForce: inForce, bundle: baseline.bundle.text, quantile: baseline.quantile,
            milliseconds: baseline.milliseconds, samples: baseline.samples, requests: baseline.count?.requests,
            errors: baseline.count?.errors, recordedAt: entry.recordedAt.rfc3339, setBy: baseline.setBy,
            reason: baseline.reason)
    }
}
