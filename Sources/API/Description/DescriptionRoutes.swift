import FoundationEssentials
import HTTPTypes
import Hummingbird

/// What the API says of itself: as OpenAPI, and as a page. Outside production only.
struct DescriptionRoutes: Sendable {
    let version: String

    /// The operations, and the two that describe them all.
    /// - Throws: `SchemaMaker.Problem` when a type does not say what it is.
    func describing(_ endpoints: [Endpoint]) throws -> [Endpoint] {
        let all = endpoints + [document("{}"), page("")]
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let json = try encoder.encode(try OpenAPIDocument(endpoints: all, version: version).node())
        return endpoints + [
            document(String(decoding: json, as: UTF8.self)), page(try DocsPage(endpoints: all).html()),
        ]
    }

    private func document(_ json: String) -> Endpoint {
        serving("/openapi.json", "This API as an OpenAPI document", type: "application/json", json)
    }

    private func page(_ html: String) -> Endpoint {
        serving("/docs", "This API as a page", type: "text/html; charset=utf-8", html)
    }

    private func serving(_ path: String, _ summary: String, type: String, _ text: String) -> Endpoint {
        let bytes = Array(text.utf8)
        return Endpoint(
            method: .get, path: path, summary: summary, access: .open, parameters: [], takes: nil,
            gives: [.init(status: .ok, content: .bytes(type: type, limit: .max))], refuses: []
        ) { _, _ in
            var response = Answer.body(bytes, type: type)
            response.headers[.contentSecurityPolicy] = DocsPage.policy
            return response
        }
    }
}
