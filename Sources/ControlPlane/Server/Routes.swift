import Contract
import FoundationEssentials
import Hummingbird

/// The API under `/api/v1`: each route asks `Control` one thing.
struct Routes: Sendable {
    let control: any Control

    func add(to router: Router<PlaneContext>) {
        MetricRoutes(control: control).add(to: router)
        let api = router.group("/api/v1")
        api.get("engine") { _, _ in try Response(json: await control.engine()) }
        api.post("stop") { _, _ in
            await control.stop()
            return try Response(json: await control.engine(), status: .accepted)
        }
        api.get("environments") { _, _ in try Response(json: try await control.environments()) }
        environments(api.group("environments/:environment"))
        rollouts(api.group("rollouts/:rollout"))
        releases(api.group("releases"))
        CostRoutes(control: control).add(to: api.group("environments/:environment"))
        GateRoutes(control: control).add(to: api)
        AlertRoutes(control: control).add(to: api)
        SecretRoutes(control: control).add(
            to: api.group("environments/:environment"), rotations: api.group("rotations"))
    }

    private func environments(_ group: RouterGroup<PlaneContext>) {
        group.get("status") { _, context in
            try Response(json: try await control.status(context.environment))
        }
        group.get("wanted") { _, context in
            try Response(json: try await control.wanted(context.environment))
        }
        group.get("history") { _, context in
            try Response(json: try await control.history(context.environment))
        }
        group.get("baselines") { _, context in
            try Response(json: try await control.baselines(context.environment))
        }
        group.post("baselines") { request, context in
            try Response(
                json: try await control.setBaseline(
                    context.environment, request.document(), by: try context.caller(of: request)))
        }
        group.get("spend") { _, context in
            try Response(json: try await control.spend(context.environment))
        }
        group.get("journal") { request, context in
            let limit = Int(min(max(try request.number("limit") ?? 100, 1), 1000))
            return try Response(json: try await control.journal(context.environment, limit: limit))
        }
        group.post("plan") { request, context in
            try Response(json: try await control.plan(context.environment, request.document()))
        }
        group.post("preflight") { request, context in
            let stream = try await control.preflight(context.environment, request.document())
            return Response.lines(stream) { try JSON.encode($0) }
        }
        group.post("rollouts") { request, context in
            let started = try await control.start(
                context.environment, request.document(), by: try context.caller(of: request))
            return try Response(json: started, status: .accepted)
        }
        group.get("rollback") { request, context in
            try Response(json: try await control.wayBack(context.environment, to: request.text("to")))
        }
        group.post("rollback") { request, context in
            let started = try await control.rollBack(
                context.environment, request.document(), by: try context.caller(of: request))
            return try Response(json: started, status: .accepted)
        }
        group.get("drift") { _, context in
            try Response(json: try await control.drift(context.environment, nil))
        }
        group.post("drift") { request, context in
            try Response(json: try await control.drift(context.environment, request.document()))
        }
        group.post("drift/fix") { request, context in
            try Response(
                json: try await control.fixDrift(
                    context.environment, request.document(), by: try context.caller(of: request)))
        }
        group.post("smoke") { request, context in
            try Response(json: try await control.smoke(context.environment, request.document()))
        }
        group.get("logs") { request, context in
            let lines = Int(min(max(try request.number("lines") ?? 100, 0), 10_000))
            let stream = try await control.logs(
                context.environment, target: request.text("target"), lines: lines, follow: request.flag("follow"))
            return Response.lines(stream) { try JSON.encode($0) }
        }
    }

    private func rollouts(_ group: RouterGroup<PlaneContext>) {
        group.get { _, context in try Response(json: try await control.rollout(context.rollout)) }
        group.get("replay") { _, context in
            try Response(json: try await control.replay(rollout: context.rollout))
        }
        group.get("events") { request, context in
            let stream = try await control.lines(
                rollout: context.rollout, after: try request.number("after") ?? 0, follow: request.flag("follow"))
            return Response.lines(stream) { try $0.json() }
        }
        group.post("retry") { request, context in
            let started = try await control.retry(
                context.rollout, request.document(), by: try context.caller(of: request))
            return try Response(json: started, status: .accepted)
        }
        for action in RolloutAction.allCases {
            group.post(.init(stringLiteral: action.rawValue)) { request, context in
                let document = try await control.act(
                    action, on: context.rollout, request.document(), by: try context.caller(of: request))
                return try Response(json: document)
            }
        }
    }

    private func releases(_ group: RouterGroup<PlaneContext>) {
        group.get { _, _ in try Response(json: try await control.releases()) }
        group.post { request, context in
            try Response(
                json: try await control.create(request.document(), by: try context.caller(of: request)),
                status: .created)
        }
        group.get(":release") { _, context in try Response(json: try await control.release(context.release)) }
        group.get(":release/contracts") { _, context in
            try Response(json: try await control.contracts(ofRelease: context.release))
        }
        group.post(":release/unblock") { request, context in
            try Response(
                json: try await control.unblock(
                    context.release, request.document(), by: try context.caller(of: request)))
        }
    }
}

extension PlaneContext {
    var environment: String { value("environment") }
    var rollout: String { value("rollout") }
    var release: String { value("release") }

    private func value(_ name: String) -> String {
        let text = parameters.get(name) ?? ""
        return text.percentDecoded
    }
}
