import Documents
import HTTPTypes
import Hummingbird

/// What only the platform and the scraper may see.
struct ControlRoutes: Sendable {
    let identity: InstanceIdentity
    let metrics: RequestMetrics
    let providers: ProviderWatch

    private struct Configuration: Encodable {
        var service = "api"
        var instance: String
        var release: String
        var configDigest: String?
        /// Keyed digests of the values, by name.
        var variables: [String: String]
    }

    func add(to router: Router<APIContext>) {
        router.get("/control/config") { request, _ in
            guard isControl(request) else {
                throw APIError.unauthorized("control_token", "This path needs the control token.")
            }
            return try Answer.json(
                Configuration(
                    instance: identity.instance, release: identity.release, configDigest: identity.configDigest,
                    variables: identity.digests ?? [:]))
        }
        router.get("/metrics") { request, _ in
            // Only this machine can connect here; what a router passes on comes from outside.
            guard request.headers[HeaderNames.forwardedFor] == nil || isControl(request) else {
                throw APIError.notFound("page")
            }
            let release = #"build_info{release="\#(MetricLabel.escaped(identity.release))"} 1"#
            let text = metrics.text(extra: providers.metrics + ["# TYPE build info", release])
            return Answer.body(
                Array(text.utf8), type: "application/openmetrics-text; version=1.0.0; charset=utf-8")
        }
    }

    private func isControl(_ request: Request) -> Bool {
        let bearer = request.headers[.authorization].flatMap { text in
            text.hasPrefix("Bearer ") ? String(text.dropFirst(7)) : nil
        }
        return identity.isControl(request.headers[HeaderNames.controlToken] ?? bearer)
    }
}
