import Documents
import HTTPTypes

/// The operations as one plain page: no script, and nothing from anywhere else.
struct DocsPage: Sendable {
    /// What a browser may do with the page: show it, with its own style.
    static let policy = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"

    let endpoints: [Endpoint]

    func html() throws(SchemaMaker.Problem) -> String {
        var sections = ""
        for endpoint in endpoints { sections += try section(endpoint) }
        return """
            <!doctype html><html lang="en"><head><meta charset="utf-8"><title>Document pipeline</title>
            <meta name="viewport" content="width=device-width"><style>
            body{font:16px/1.5 sans-serif;max-width:60em;margin:2em auto;padding:0 1em}
            section{border-top:1px solid #ccc}h2{font:bold 1rem monospace}table{border-collapse:collapse}
            td,th{text-align:left;padding:.1em 1em .1em 0;vertical-align:top}code{white-space:pre-wrap}
            </style></head><body><h1>Document pipeline</h1>
            <p>The same as JSON: <a href="/openapi.json">/openapi.json</a>.</p>
            \(sections)</body></html>

            """
    }

    private func section(_ endpoint: Endpoint) throws(SchemaMaker.Problem) -> String {
        var html = "<section><h2>\(endpoint.method.rawValue) \(Self.escaped(endpoint.path))</h2>"
        html += "<p>\(Self.escaped(endpoint.summary)). \(Self.who(endpoint.access))</p><table>"
        for parameter in endpoint.parameters {
            let kind = "\(parameter.place.rawValue)\(parameter.isRequired ? "" : ", optional")"
            html += Self.row("\(parameter.name) (\(kind))", parameter.rule.summary ?? "")
        }
        if let takes = endpoint.takes { html += Self.row("takes", try Self.text(takes, .taken)) }
        for given in endpoint.gives {
            let text = if let content = given.content { try Self.text(content, .given) } else { "nothing" }
            html += Self.row("\(given.status.code)", text)
        }
        for refusal in OpenAPIDocument.refusals(of: endpoint) {
            html += Self.row("\(refusal.status.code)", refusal.why)
        }
        return html + "</table></section>\n"
    }

    private static func who(_ access: Endpoint.Access) -> String {
        switch access {
        case .open: "For everybody."
        case .caller(let role): "Needs a token or API key of role \(role.rawValue)."
        case .signedAddress: "Needs a signed address."
        case .signedBody: "Needs a signed body."
        case .control: "Needs the control token."
        }
    }

    private static func text(
        _ content: Endpoint.Content, _ direction: SchemaMaker.Direction
    ) throws(SchemaMaker.Problem) -> String {
        switch content {
        case .json(let type): fields(try SchemaMaker.schema(of: type, direction))
        case .bytes(let media, _): media
        }
    }

    /// `{name: string, size: integer or null}`.
    private static func fields(_ schema: JSONNode) -> String {
        if case .object(let properties)? = schema["properties"] {
            let inner = properties.sorted { $0.key < $1.key }.map { "\($0.key): \(fields($0.value))" }
            return "{\(inner.joined(separator: ", "))}"
        }
        if let items = schema["items"] { return "[\(fields(items))]" }
        if let values = schema["additionalProperties"] { return "{…: \(fields(values))}" }
        switch schema["type"] {
        case .string(let type)?: return type
        case .array(let types)?:
            return types.map { if case .string(let type) = $0 { type } else { "" } }.joined(separator: " or ")
        default: return "any"
        }
    }

    private static func row(_ head: String, _ text: String) -> String {
        "<tr><th>\(escaped(head))</th><td><code>\(escaped(text))</code></td></tr>"
    }

    private static func escaped(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
    }
}
