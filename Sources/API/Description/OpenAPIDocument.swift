import Documents
import HTTPTypes

/// The OpenAPI 3.1 document of a route table.
struct OpenAPIDocument: Sendable {
    let endpoints: [Endpoint]
    /// The release that serves.
    let version: String

    func node() throws(SchemaMaker.Problem) -> JSONNode {
        var paths: [String: [String: JSONNode]] = [:]
        for endpoint in endpoints {
            paths[endpoint.path, default: [:]][endpoint.method.rawValue.lowercased()] = try operation(endpoint)
        }
        return .object([
            "openapi": .string("3.1.0"),
            "info": .object([
                "title": .string("Document pipeline"), "version": .string(version),
                "description": .string("Upload documents, follow their jobs, search in their text."),
            ]),
            "paths": .object(paths.mapValues(JSONNode.object)),
            "components": .object([
                "securitySchemes": .object([
                    "bearer": .object([
                        "type": .string("http"), "scheme": .string("bearer"),
                        "description": .string("An access token or an API key."),
                    ]),
                    "control": .object([
                        "type": .string("apiKey"), "in": .string("header"), "name": .string("X-Control-Token"),
                        "description": .string("The platform's control token."),
                    ]),
                ]),
                "schemas": .object(try schemas()),
            ]),
        ])
    }

    private func operation(_ endpoint: Endpoint) throws(SchemaMaker.Problem) -> JSONNode {
        var members: [String: JSONNode] = [
            "summary": .string(endpoint.summary), "operationId": .string(Self.id(endpoint)),
            "responses": .object(try responses(endpoint)), "security": .array(security(endpoint)),
        ]
        let parameters = pathParameters(endpoint) + endpoint.parameters.map(Self.parameter)
        if !parameters.isEmpty { members["parameters"] = .array(parameters) }
        if let takes = endpoint.takes {
            members["requestBody"] = .object([
                "required": .boolean(true), "content": content(takes),
            ])
        }
        return .object(members)
    }

    /// `GET /api/v2/jobs/{id}` is `get_api_v2_jobs_id`.
    private static func id(_ endpoint: Endpoint) -> String {
        let words = endpoint.path.split { !($0.isLetter || $0.isNumber) }
        return ([endpoint.method.rawValue.lowercased()] + words.map(String.init)).joined(separator: "_")
    }

    private func security(_ endpoint: Endpoint) -> [JSONNode] {
        switch endpoint.access {
        case .open, .signedAddress, .signedBody: []
        case .caller: [.object(["bearer": .array([])])]
        case .control: [.object(["control": .array([])]), .object(["bearer": .array([])])]
        }
    }

    private func pathParameters(_ endpoint: Endpoint) -> [JSONNode] {
        endpoint.path.split(separator: "/").filter { $0.hasPrefix("{") }.map { part in
            .object([
                "name": .string(String(part.dropFirst().dropLast())), "in": .string("path"), "required": .boolean(true),
                "schema": .object(FieldRule.uuid.members),
            ])
        }
    }

    private static func parameter(_ parameter: Endpoint.Parameter) -> JSONNode {
        var rule = parameter.rule
        var members: [String: JSONNode] = [
            "name": .string(parameter.name), "in": .string(parameter.place.rawValue),
            "required": .boolean(parameter.isRequired),
        ]
        members["description"] = rule.summary.map(JSONNode.string)
        rule.summary = nil
        members["schema"] = .object(rule.members)
        return .object(members)
    }

    // MARK: Answers

    private func responses(_ endpoint: Endpoint) throws(SchemaMaker.Problem) -> [String: JSONNode] {
        var responses: [String: JSONNode] = [:]
        for refusal in Self.refusals(of: endpoint) {
            let key = "\(refusal.status.code)"
            let before = responses[key]?["description"].flatMap { node in
                if case .string(let text) = node { return text + " " }
                return nil
            }
            responses[key] = .object([
                "description": .string((before ?? "") + refusal.why),
                "content": .object([
                    "application/json": .object(["schema": Self.reference("ErrorAnswer")])
                ]),
            ])
        }
        for given in endpoint.gives {
            var members: [String: JSONNode] = ["description": .string(given.status.reasonPhrase)]
            if let body = given.content { members["content"] = content(body) }
            responses["\(given.status.code)"] = .object(members)
        }
        return responses
    }

    /// What every operation of this kind may refuse with, and what only this one may.
    static func refusals(of endpoint: Endpoint) -> [Endpoint.Refusal] {
        var refusals = [Endpoint.Refusal(.badRequest, "The host name is not answered here.")]
        if case .caller(let role) = endpoint.access {
            refusals += [
                .init(
                    .unauthorized, "The token or key is missing, wrong, expired or revoked, or its user is disabled."),
                .init(.tooManyRequests, "The hour's requests are used up."),
            ]
            if role > .reader { refusals.append(.init(.forbidden, "The role does not allow this.")) }
        }
        if endpoint.access == .control {
            refusals.append(.init(.unauthorized, "The control token is missing or wrong."))
        }
        if endpoint.path.hasPrefix("/api/") || endpoint.access.needsCaller {
            refusals.append(.init(.serviceUnavailable, "Something that is needed does not answer now."))
        }
        refusals.append(.init(.contentTooLarge, "The body is too large."))
        if endpoint.takes != nil {
            refusals += [
                .init(.requestTimeout, "The body did not arrive in time."),
                .init(.unsupportedMediaType, "The body is of another media type."),
                .init(.unprocessableContent, "A field is missing or wrong; the answer names it."),
            ]
        }
        return refusals + endpoint.refuses
    }

    // MARK: Bodies

    private func content(_ content: Endpoint.Content) -> JSONNode {
        switch content {
        case .json(let type):
            .object(["application/json": .object(["schema": Self.reference("\(type)")])])
        case .bytes(let media, _):
            .object([String(media.prefix { $0 != ";" }): .object([:])])
        }
    }

    private func schemas() throws(SchemaMaker.Problem) -> [String: JSONNode] {
        var schemas = ["ErrorAnswer": try SchemaMaker.schema(of: ErrorAnswer.self, .given)]
        for endpoint in endpoints {
            if case .json(let type)? = endpoint.takes {
                schemas["\(type)"] = try SchemaMaker.schema(of: type, .taken)
            }
            for given in endpoint.gives {
                guard case .json(let type)? = given.content else { continue }
                schemas["\(type)"] = try SchemaMaker.schema(of: type, .given)
            }
        }
        return schemas
    }

    private static func reference(_ name: String) -> JSONNode {
        .object(["$ref": .string("#/components/schemas/\(name)")])
    }
}
