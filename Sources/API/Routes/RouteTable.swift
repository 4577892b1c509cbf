import Documents
import HTTPTypes
import Hummingbird

/// Every operation that is served, and the way to each: its size is looked at first, then who asks.
struct RouteTable: Sendable {
    let endpoints: [Endpoint]
    let gate: Gate

    /// The methods that are told which ones a path takes.
    static let methods: [HTTPRequest.Method] =
        [.get, .post, .put, .delete, .patch, .head, .options, .trace]
        + ["QUERY"].compactMap { HTTPRequest.Method(rawValue: $0) }

    func add(to router: Router<APIContext>) {
        let paths = Dictionary(grouping: endpoints, by: \.path)
        for endpoint in endpoints {
            router.on(RouterPath(endpoint.path), method: endpoint.method) { request, context in
                try await perform(endpoint, request, context)
            }
        }
        for (path, served) in paths {
            let methods = served.map(\.method)
            let allow = methods.map(\.rawValue).sorted().joined(separator: ", ")
            for method in Self.methods where !methods.contains(method) {
                router.on(RouterPath(path), method: method) { _, _ -> Response in
                    throw APIError(
                        .methodNotAllowed, "method_not_allowed", "This path takes \(allow).", allow: allow)
                }
            }
        }
    }

    private func perform(_ endpoint: Endpoint, _ request: Request, _ context: APIContext) async throws -> Response {
        if let length = request.headers[.contentLength].flatMap({ Int($0) }), length > endpoint.bodyLimit {
            throw APIError.tooLarge("A body may have \(endpoint.bodyLimit) bytes here.")
        }
        var context = context
        if case .caller(let role) = endpoint.access {
            context.caller = try await gate.admit(request, role: role)
        }
        if endpoint.isQuick { return try await endpoint.run(request, context) }
        return try await withTaskExecutorPreference(globalConcurrentExecutor) { [context] in
            try await endpoint.run(request, context)
        }
    }
}
