import Contract
import Hummingbird

/// The API of freezes, evidence and incidents.
struct GateRoutes: Sendable {
    let control: any GateControl

    func add(to api: RouterGroup<PlaneContext>) {
        let freezes = api.group("environments/:environment/freezes")
        freezes.get { request, context in
            try Response(json: try await control.freezes(context.environment, all: request.flag("all")))
        }
        freezes.post { request, context in
            let freeze = try await control.freeze(
                context.environment, request.document(), by: try context.caller(of: request))
            return try Response(json: freeze, status: .created)
        }
        freezes.post(":id/lift") { request, context in
            try Response(
                json: try await control.liftFreeze(
                    context.environment, context.id, request.document(), by: try context.caller(of: request)))
        }
        let evidence = api.group("releases/:release/evidence")
        evidence.get { _, context in try Response(json: try await control.evidence(context.release)) }
        evidence.post { request, context in
            let added = try await control.addEvidence(
                context.release, request.document(), by: try context.caller(of: request))
            return try Response(json: added, status: .created)
        }
        api.get("environments/:environment/incidents") { _, context in
            try Response(json: try await control.incidents(context.environment))
        }
        api.get("incidents/:id") { _, context in try Response(json: try await control.incident(context.id)) }
        api.post("incidents/:id/close") { request, context in
            try Response(
                json: try await control.closeIncident(
                    context.id, request.document(), by: try context.caller(of: request)))
        }
    }
}

extension PlaneContext {
    fileprivate var id: String { (parameters.get("id") ?? "").percentDecoded }
}
