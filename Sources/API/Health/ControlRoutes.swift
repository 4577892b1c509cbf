import Documents
import HTTPTypes
import Hummingbird
import OpenMetrics

/// What only the platform and the scraper may see.
struct ControlRoutes: Sendable {
    let identity: InstanceIdentity
    let scrape: Scrape

    var endpoints: [Endpoint] {
        [
            Endpoint(
                .get, "/control/config", "What is configured, by name, as digests", .control,
                gives: Configuration.self
            ) { request, _ in
                guard isControl(request) else {
                    throw APIError.unauthorized("control_token", "This path needs the control token.")
                }
                return Configuration(
                    service: "api", instance: identity.instance, release: identity.release,
                    configDigest: identity.configDigest, variables: identity.digests ?? [:])
            },
            Endpoint(
                method: .get, path: "/metrics", summary: "OpenMetrics, for this machine or with the control token",
                access: .open, parameters: [], takes: nil,
                gives: [.init(status: .ok, content: .bytes(type: OpenMetricsText.contentType, limit: .max))],
                refuses: [.init(.notFound, "The request comes from outside, without the control token.")]
            ) { request, _ in
                guard !request.isFromOutside || isControl(request) else {
                    throw APIError.notFound("page")
                }
                return Answer.body(Array(await scrape.text().utf8), type: OpenMetricsText.contentType)
            },
        ]
    }

    private func isControl(_ request: Request) -> Bool {
        let bearer = request.headers[.authorization].flatMap { text in
            text.hasPrefix("Bearer ") ? String(text.dropFirst(7)) : nil
        }
        return identity.isControl(request.headers[HeaderNames.controlToken] ?? bearer)
    }
}

struct Configuration: Described {
    var service: String
    var instance: String
    var release: String
    var configDigest: String?
    /// Keyed digests of the values, by name.
    var variables: [String: String]

    static let example = Configuration(
        service: "api", instance: "a", release: "v1", configDigest: "b", variables: ["NAME": "c"])
}
