import Contract
import Hummingbird

/// The API of alerts, silences and heartbeats.
struct AlertRoutes: Sendable {
    let control: any AlertControl

    func add(to api: RouterGroup<PlaneContext>) {
        api.get("alerts") { request, _ in try Response(json: try await control.alerts(request.text("environment"))) }
        api.get("alerts/:id/explanation") { request, context in
            try Response(
                json: try await control.explainAlerts(context.subject, environment: request.text("environment")))
        }
        let environment = api.group("environments/:environment")
        environment.post("alerts/test") { request, context in
            try Response(
                json: try await control.testAlerts(
                    context.environment, request.document(), by: try context.caller(of: request)))
        }
        environment.post("alerts/:id/acknowledge") { request, context in
            try Response(
                json: try await control.acknowledge(
                    context.environment, context.subject, request.document(), by: try context.caller(of: request)))
        }
        environment.get("alert-rules") { _, context in
            try Response(json: try await control.alertRules(context.environment))
        }
        environment.get("silences") { _, context in
            try Response(json: try await control.silences(context.environment))
        }
        environment.post("silences") { request, context in
            let silence = try await control.silence(
                context.environment, request.document(), by: try context.caller(of: request))
            return try Response(json: silence, status: .created)
        }
        environment.post("silences/:id/expire") { request, context in
            try Response(
                json: try await control.expireSilence(
                    context.environment, context.subject, by: try context.caller(of: request)))
        }
        environment.post("heartbeats/:id") { _, context in
            try Response(json: try await control.beat(context.environment, context.subject))
        }
    }
}

extension PlaneContext {
    fileprivate var subject: String { (parameters.get("id") ?? "").percentDecoded }
}
