import Definitions

extension Performer {
    /// Asks for the usual signals, and for those that the environment's file names.
    func sample(_ service: String, _ rollout: Rollout) async -> SignalSample {
        guard let course = rollout.course else {
            return await signals.sample(environment: rollout.environment, service: service)
        }
        return await signals.sample(request(service, rollout.environment, course))
    }

    /// Why the service's first instances are not what its thresholds ask for; nil when they are, and where something ran
    /// before and was asked when the rollout was prepared.
    func unknownMetrics(_ rollout: Rollout, _ service: String, _ bundle: Digest) async -> String? {
        guard let course = rollout.course, rollout.kind == .rollout, !rollout.stage.isBackward, bundle == course.to,
            course.leg(service)?.fromReplicas == nil
        else { return nil }
        let unknown = await signals.unknown(request(service, rollout.environment, course), of: bundle)
        return unknown.isEmpty ? nil : unknown.joined(separator: " ")
    }

    private func request(_ service: String, _ environment: String, _ course: Course) -> SignalRequest {
        var arms = [SignalRequest.Arm(bundle: course.to, release: course.toRelease)]
        if let from = course.from { arms.append(.init(bundle: from, release: course.fromRelease ?? "")) }
        return SignalRequest(environment: environment, service: service, arms: arms, thresholds: course.thresholds)
    }
}
