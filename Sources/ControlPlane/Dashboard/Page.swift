import Hummingbird
import NIOCore

/// One page: its title, where it stands, and what it shows.
struct Page: Sendable {
    var title: String
    /// The way here: names and addresses.
    var trail: [(name: String, address: String)] = []
    /// The same in JSON.
    var twin: String?
    /// Whose changes it listens for; nil for all.
    var listensTo: String?
    var theme: String?
    var body: [HTML]

    /// - Parameter prefix: what its addresses begin with, such as `/tidegate`.
    func render(under prefix: String) -> String {
        "<!doctype html>\n" + document.render(under: prefix) + "\n"
    }

    func response(status: HTTPResponse.Status = .ok, under prefix: String) -> Response {
        Response(
            status: status, headers: Page.headers(type: "text/html; charset=utf-8"),
            body: .init(byteBuffer: ByteBuffer(string: render(under: prefix))))
    }

    static func failure(_ refusal: Refusal) -> Page {
        Page(
            title: "Not shown", trail: [("Tidegate", "/")],
            body: [
                tag("h1") { "This cannot be shown" },
                tag("p", .attribute("role", "alert")) { refusal.message },
            ])
    }

    /// Nothing from elsewhere, nothing inline, not in a frame.
    static func headers(type: String) -> HTTPFields {
        var headers: HTTPFields = [
            .contentType: type, .cacheControl: "no-store",
            .contentSecurityPolicy: "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; "
                + "img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
            .xContentTypeOptions: "nosniff",
        ]
        if let policy = HeaderField.Name("referrer-policy") { headers[policy] = "no-referrer" }
        return headers
    }

    private var document: HTML {
        tag("html", .attribute("lang", "en"), .attribute("data-theme", theme ?? "auto")) {
            tag("head") {
                tag("meta", .attribute("charset", "utf-8"))
                tag(
                    "meta", .attribute("name", "viewport"),
                    .attribute("content", "width=device-width, initial-scale=1"))
                tag("meta", .attribute("name", "color-scheme"), .attribute("content", "light dark"))
                tag("title") { "\(title) · Tidegate" }
                tag("link", .attribute("rel", "icon"), .href("/static/icon.svg"))
                tag("link", .attribute("rel", "stylesheet"), .href("/static/style.css"))
                if let twin { alternate(twin) }
                tag("script", .address("src", "/static/live.js"), .attribute("defer"))
            }
            tag("body", .address("data-events", events)) {
                tag("a", .class("skip"), .href("#main")) { "Skip to the content" }
                top
                tag("main", .id("main")) { body }
                foot
            }
        }
    }

    private var events: String { "/events" + (listensTo.map { "?environment=\(pathSegment($0))" } ?? "") }

    private func alternate(_ address: String) -> HTML {
        tag(
            "link", .attribute("rel", "alternate"), .attribute("type", "application/json"), .href(address))
    }

    private var top: HTML {
        tag("header") {
            tag("nav", .attribute("aria-label", "Where you are")) {
                tag("a", .class("home"), .href("/")) { "Tidegate" }
                for step in trail.dropFirst() {
                    tag("span", .class("slash"), .attribute("aria-hidden", "true")) { "/" }
                    Parts.link(step.name, to: step.address)
                }
            }
            tag("div", .class("aside")) {
                Parts.link("Releases", to: "/releases")
                tag("span", .id("live"), .attribute("role", "status")) { "" }
            }
        }
    }

    private var foot: HTML {
        tag("footer") {
            if let twin { Parts.link("This page as JSON", to: twin) }
            tag("span") { "Times are UTC. This page only shows; the command line changes." }
        }
    }
}
