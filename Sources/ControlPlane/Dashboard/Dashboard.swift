import AsyncAlgorithms
import Hummingbird
import NIOCore

/// The pages, each with its twin in JSON, and the stream that keeps open ones current.
struct Dashboard: Sendable {
    let control: any Control
    /// What the addresses in pages begin with.
    let prefix: String

    func add(to router: Router<PlaneContext>) {
        router.get("/") { request, _ in
            try await overview(theme: request.theme)
        }
        router.get("index.json") { _, _ in try Response(json: try await statuses()) }
        router.get("environments/:environment") { request, context in
            try await environment(context.environment, theme: request.theme)
        }
        router.get("rollouts/:rollout") { request, context in
            try await rollout(context.rollout, theme: request.theme)
        }
        router.get("releases") { request, _ in
            ReleasesPage(releases: try await control.releases()).page(theme: request.theme).response(under: prefix)
        }
        router.get("releases.json") { _, _ in try Response(json: try await control.releases()) }
        router.get("events") { request, _ in await events(request) }
        router.get("static/style.css") { _, _ in file(StaticFiles.style, type: "text/css; charset=utf-8") }
        router.get("static/live.js") { _, _ in file(StaticFiles.script, type: "text/javascript; charset=utf-8") }
        router.get("static/icon.svg") { _, _ in file(StaticFiles.icon, type: "image/svg+xml") }
    }

    private func statuses() async throws -> [StatusDocument] {
        var statuses: [StatusDocument] = []
        for environment in try await control.environments() {
            statuses.append(try await control.status(environment.name))
        }
        return statuses
    }

    private func overview(theme: String?) async throws -> Response {
        let environments = try await control.environments()
        let page = OverviewPage(
            engine: await control.engine(), environments: environments, statuses: try await statuses(),
            releases: try await control.releases())
        return page.page(theme: theme).response(under: prefix)
    }

    private func environment(_ name: String, theme: String?) async throws -> Response {
        if let name = twin(of: name) { return try Response(json: try await control.status(name)) }
        let page = EnvironmentPage(
            status: try await control.status(name), history: try await control.history(name),
            journal: try await control.journal(name, limit: 40))
        return page.page(theme: theme).response(under: prefix)
    }

    private func rollout(_ id: String, theme: String?) async throws -> Response {
        if let id = twin(of: id) { return try Response(json: try await control.rollout(id)) }
        let rollout = try await control.rollout(id)
        var events: [EventDocument] = []
        for try await line in try await control.lines(rollout: id, after: 0, follow: false) {
            if case .event(let event) = line { events.append(event) }
        }
        return RolloutPage(rollout: rollout, events: events).page(theme: theme).response(under: prefix)
    }

    private func twin(of name: String) -> String? {
        name.hasSuffix(".json") ? String(name.dropLast(5)) : nil
    }

    private func file(_ text: String, type: String) -> Response {
        Response(
            status: .ok, headers: Page.headers(type: type), body: .init(byteBuffer: ByteBuffer(string: text)))
    }

    /// Server-sent events; the id is the change's position, so that a browser that comes back misses none that is kept.
    private func events(_ request: Request) async -> Response {
        let last = HeaderField.Name("last-event-id").flatMap { request.headers[$0] }.flatMap { Int64($0) }
        let environment = request.text("environment")
        let changes = await control.changes(after: last).filter {
            environment == nil || $0.environment == environment
        }
        return Response(
            status: .ok, headers: Page.headers(type: "text/event-stream"),
            body: .streaming(changes, heartbeat: ": still here\n\n") { change in
                let head = "id: \(change.position)\nevent: change\ndata: "
                return Array("\(head)\(try JSON.text(change))\n\n".utf8)
            })
    }
}

extension Request {
    /// `?theme=dark` or `light`; otherwise the browser's preference.
    fileprivate var theme: String? {
        guard let theme = text("theme"), ["dark", "light"].contains(theme) else { return nil }
        return theme
    }
}
