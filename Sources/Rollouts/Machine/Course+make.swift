import Contract
import Definitions

extension Course {
    /// The course from what runs now to another bundle.
    package static func make(
        from: Bundle?, to: Bundle, strays: [Digest] = [], baselines: [String: LatencyBaseline] = [:]
    ) -> Course {
        let migrations = PlannedMigration.planned(from: from, to: to)
        let names = to.services.map(\.name) + (from?.services.map(\.name).filter { to.service($0) == nil } ?? [])
        return Course(
            from: from?.digest, fromRelease: from?.release, to: to.digest, toRelease: to.release,
            legs: names.compactMap { leg($0, from: from?.service($0), to: to.service($0)) },
            migrates: to.migrates.flatMap { to.service($0) }?.artifact.contract.migrations != nil,
            thresholds: to.thresholds, rollbackWindow: to.rollbackWindow, smokesTo: !to.smoke.isEmpty,
            smokesFrom: !(from?.smoke.isEmpty ?? true), strays: strays, baselines: baselines,
            hooks: to.hooks, migrations: from == nil || migrations.isEmpty ? nil : migrations)
    }

    private static func leg(_ name: String, from: BundleService?, to: BundleService?) -> Leg? {
        guard let service = to ?? from else { return nil }
        let contract = service.artifact.contract
        let planned = to.map { Capacity(from: from, to: to).course(steps($0.strategy.steps, isFirst: from == nil)) }
        return Leg(
            service: name, replicas: to?.replicas, fromReplicas: from?.replicas, steps: planned?.steps ?? [],
            first: planned.flatMap { $0.first == to?.replicas ? nil : $0.first },
            warm: planned.flatMap { $0.warm == from?.replicas ? nil : $0.warm },
            startLimit: service.health.start ?? .seconds(contract.startBudgetSeconds),
            drainLimit: .seconds(contract.drainSeconds))
    }

    /// The steps as they are done: the last weight is 100; a service that nothing serves yet gets all at once, after its
    /// smoke tests, and where no traffic comes its smoke tests decide.
    static func steps(_ steps: [StrategyStep], isFirst: Bool) -> [StrategyStep] {
        guard isFirst else {
            let last = steps.last { if case .weight = $0 { true } else { false } }
            return last == .weight(100) ? steps : steps + [.weight(100)]
        }
        let gates = steps.filter { step in
            switch step {
            case .smoke, .approve: true
            case .weight, .bake, .preview, .run, .grow, .shrink, .regrow, .thin: false
            }
        }
        let bakes: [StrategyStep] = steps.compactMap {
            guard case .bake(let duration, var evidence) = $0 else { return nil }
            evidence.otherwise = .smoke
            return .bake(duration, evidence: evidence)
        }
        return gates + [.weight(100)] + bakes.suffix(1)
    }
}

extension Course {
    /// Migrations that the release before cannot live with, and that nobody has accepted.
    package var refusedMigrations: [PlannedMigration] {
        (migrations ?? []).filter { $0.breaks && $0.accepted == nil }
    }

    package static func refusal(_ migrations: [PlannedMigration], before: String) -> String {
        let names = migrations.map(\.name).joined(separator: ", ")
        return
            "\(names) would take away or change what \(before) may use, while \(before) still serves and may have to come "
            + "back. Split it: add first, and take away with a later release; or accept it with a reason under "
            + "`migrations: { accept: … }`."
    }
}

extension Plan {
    /// What the course would do, and how both configurations differ.
    package static func make(_ course: Course, from: Bundle?, to: Bundle) -> Plan {
        let services = course.legs.compactMap { leg -> Service? in
            guard let new = to.service(leg.service) else { return nil }
            let old = from?.service(leg.service)
            return Service(
                name: leg.service, replicas: new.replicas, first: leg.first,
                artifactChanged: old?.artifact.digest != new.artifact.digest,
                steps: leg.steps.map(\.line),
                baseline: course.baselines[leg.service]?.line(at: course.thresholds.latencyQuantile))
        }
        let names = Set(to.services.map(\.name) + (from?.services.map(\.name) ?? [])).sorted()
        let bakes = course.legs.flatMap(\.steps).reduce(0.0) {
            if case .bake(let duration, _) = $1 { $0 + duration.seconds } else { $0 }
        }
        return Plan(
            environment: to.environment, release: to.release, bundle: to.digest, previousRelease: from?.release,
            previousBundle: from?.digest, changes: names.flatMap { changes($0, from?.service($0), to.service($0)) },
            services: services, removed: course.legs.filter { $0.replicas == nil }.map(\.service),
            migrates: course.migrates ? to.migrates : nil, expectedSeconds: bakes,
            nothingToDo: from?.digest == to.digest, notes: notes(course, from: from, to: to),
            doubleRunning: DoubleRunning(course, from: from, to: to))
    }

    private static func notes(_ course: Course, from: Bundle?, to: Bundle) -> [String]? {
        let limits = course.legs.compactMap { leg -> String? in
            guard let old = leg.fromReplicas, let new = to.service(leg.service) else { return nil }
            let capacity = Capacity(from: from?.service(leg.service), to: new)
            if capacity.byCount {
                return "\(leg.service) has no control path: its work is divided by the number of its instances."
            }
            guard new.surge != nil else { return nil }
            return
                "\(leg.service): at most \(capacity.most) instances at once, and \(leg.warm ?? old) of the old ones stay "
                + "warm; going back may need \(old + new.replicas)."
        }
        let notes = schema(course, to) + limits + metrics(from, to) + (to.hooks ?? []).map { "Hook \($0.line)." }
        return notes.isEmpty ? nil : notes
    }

    /// What is watched besides the usual signals; of a service that nothing runs of yet, that it cannot be known beforehand.
    private static func metrics(_ from: Bundle?, _ to: Bundle) -> [String] {
        (to.thresholds.metrics ?? []).map { metric in
            let isNew = from?.service(metric.service) == nil
            let when: String =
                switch metric.source {
                case .platform: ""
                case .query: isNew ? " Whether it has a series cannot be known yet." : ""
                case .sample:
                    isNew
                        ? " Whether there is such a sample cannot be known yet: new instances are asked before they get "
                            + "traffic." : ""
                }
            return "Watched: \(metric.line).\(when)"
        }
    }

    private static func schema(_ course: Course, _ to: Bundle) -> [String] {
        guard let migrations = course.migrations, let before = course.fromRelease else { return [] }
        let refused = migrations.filter { $0.breaks && $0.accepted == nil }
        if !refused.isEmpty { return ["Refused: \(Course.refusal(refused, before: before))"] }
        let unknown = migrations.filter { $0.effect == nil }.map(\.name)
        let unsaid =
            unknown.isEmpty
            ? []
            : [
                "\(to.release) does not say whether \(before) can live with \(unknown.joined(separator: ", "))."
            ]
        return unsaid + [migrations.warning(back: before)].compactMap(\.self)
    }

    private static func changes(_ service: String, _ old: BundleService?, _ new: BundleService?) -> [Change] {
        func change(_ name: String, secret: Bool, _ before: String?, _ after: String?) -> Change? {
            guard before != after else { return nil }
            let kind: Change.Kind = before == nil ? .added : after == nil ? .removed : .changed
            return Change(
                service: service, name: name, kind: kind, secret: secret, before: secret ? nil : before,
                after: secret ? nil : after)
        }
        let plain = Set((old?.variables ?? [:]).keys).union((new?.variables ?? [:]).keys).sorted()
        let secret = Set((old?.secrets ?? [:]).keys).union((new?.secrets ?? [:]).keys).sorted()
        return plain.compactMap { change($0, secret: false, old?.variables[$0], new?.variables[$0]) }
            + secret.compactMap { change($0, secret: true, old?.secrets[$0], new?.secrets[$0]) }
    }
}

extension HookDefinition {
    /// Such as `before shifting of api: warm-up`.
    package var line: String {
        "\(moment.rawValue) \(stage.rawValue)\(service.map { " of \($0)" } ?? ""): \(command.name)"
    }
}

extension MetricThreshold {
    /// Such as `queue-age of worker, above 60 for 5 min (sample queue_age_seconds, gauge)`.
    package var line: String {
        let least = samples > 1 ? ", \(samples) samples" : ""
        return "\(name) of \(service), \(limit.side.rawValue) \(limit.written) for \(lasting.words)\(least) (\(origin))"
    }

    package var origin: String {
        switch source {
        case .query(let query): "query \(query)"
        case .sample(let sample, let reading): "sample \(sample.text), \(reading.rawValue)"
        case .platform(let metric): "platform, \(metric.rawValue)"
        }
    }
}

extension StrategyStep {
    /// The step in words, such as `weight 10 %`.
    package var line: String {
        switch self {
        case .smoke: "smoke"
        case .preview: "preview for testers"
        case .weight(let percent): "weight \(percent) %"
        case .bake(let duration, let evidence):
            "bake \(Int(duration.seconds)) s"
                + (evidence.minimumRequests > 0
                    ? ", \(evidence.minimumRequests) requests, otherwise \(evidence.otherwise.rawValue)" : "")
                + (evidence.early == true ? ", or until it is proved good" : "")
                + (evidence.kayenta.map { ", judged by Kayenta (\($0.written))" } ?? "")
        case .approve(nil): "approve"
        case .approve(let approval?):
            "approve by \(approval.who) within \(approval.within.words), otherwise \(approval.otherwise.rawValue)"
        case .run(let command): "run \(command.name)"
        case .grow(let count): "start up to \(count) new"
        case .shrink(let count): "stop all old but \(count)"
        case .regrow(let count): "start up to \(count) old again"
        case .thin(let count): "stop all new but \(count)"
        }
    }
}
