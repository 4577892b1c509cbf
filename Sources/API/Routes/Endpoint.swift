import Documents
import HTTPTypes
import Hummingbird

/// One operation of the API: where it is, who may ask for it, what it takes and gives, and what it does.
///
/// There is no other way to a route, and the OpenAPI document is made of the same values: what is served is described,
/// and what is described is served.
struct Endpoint: Sendable {
    var method: HTTPRequest.Method
    /// With parameters in braces: `/api/v2/jobs/{id}`.
    var path: String
    var summary: String
    var access: Access
    var parameters: [Parameter]
    var takes: Content?
    /// The answers that are no refusals.
    var gives: [Given]
    /// The refusals that only this operation knows.
    var refuses: [Refusal]
    /// It neither reads files nor hashes passwords nor computes for long: the thread of the connection's event loop may do
    /// it, and is not kept from its other connections.
    private(set) var isQuick = false
    var run: @Sendable (Request, APIContext) async throws -> Response

    /// The same, as one that is quick: see `isQuick`.
    var quick: Endpoint {
        var quick = self
        quick.isQuick = true
        return quick
    }

    /// How many bytes of a body are read at most.
    var bodyLimit: Int { takes?.limit ?? Content.smallBody }

    /// Who may ask.
    enum Access: Sendable, Equatable {
        case open
        /// A token or an API key whose role is this one or a higher one.
        case caller(UserRole)
        /// The signature in the address.
        case signedAddress
        /// The signature of the body.
        case signedBody
        /// The control token.
        case control

        var needsCaller: Bool {
            if case .caller = self { return true }
            return false
        }
    }

    /// What stands in the query or in a header.
    struct Parameter: Sendable {
        enum Place: String, Sendable { case query, header }
        var name: String
        var place: Place
        var isRequired = false
        var rule: FieldRule
    }

    /// A body.
    enum Content: Sendable {
        /// The largest JSON body that is read, and the most that is read of one that nobody asked for.
        static let smallBody = 1 << 18
        /// More than any environment allows for a document.
        static let largest = 1 << 30

        case json(any Described.Type)
        /// Anything of this media type, of so many bytes at most.
        case bytes(type: String, limit: Int)

        var limit: Int {
            switch self {
            case .json: Self.smallBody
            case .bytes(_, let limit): limit
            }
        }
    }

    struct Given: Sendable {
        var status: HTTPResponse.Status
        var content: Content?
    }

    struct Refusal: Sendable {
        var status: HTTPResponse.Status
        var why: String

        init(_ status: HTTPResponse.Status, _ why: String) {
            self.status = status
            self.why = why
        }
    }
}

/// An answer that knows its status, because the status is part of what it says.
protocol AnswerWithStatus {
    var httpStatus: HTTPResponse.Status { get }
}

extension Endpoint {
    /// Answers with JSON.
    /// - Parameter statuses: the first is the usual one; the others come from an answer that knows its own.
    init<Reply: Described>(
        _ method: HTTPRequest.Method, _ path: String, _ summary: String, _ access: Access,
        parameters: [Parameter] = [], gives: Reply.Type, statuses: [HTTPResponse.Status] = [.ok],
        refuses: [Refusal] = [], run: @escaping @Sendable (Request, APIContext) async throws -> Reply
    ) {
        self.init(
            method: method, path: path, summary: summary, access: access, parameters: parameters, takes: nil,
            gives: statuses.map { Given(status: $0, content: .json(Reply.self)) }, refuses: refuses
        ) { request, context in
            try Self.answer(try await run(request, context), statuses)
        }
    }

    /// Takes JSON and answers with JSON.
    init<Body: Described, Reply: Described>(
        _ method: HTTPRequest.Method, _ path: String, _ summary: String, _ access: Access,
        parameters: [Parameter] = [], takes: Body.Type, gives: Reply.Type,
        statuses: [HTTPResponse.Status] = [.ok], refuses: [Refusal] = [],
        run: @escaping @Sendable (Body, Request, APIContext) async throws -> Reply
    ) {
        self.init(
            method: method, path: path, summary: summary, access: access, parameters: parameters,
            takes: .json(Body.self), gives: statuses.map { Given(status: $0, content: .json(Reply.self)) },
            refuses: refuses
        ) { request, context in
            let body = try await BodyReader.decode(Body.self, from: request, context: context)
            return try Self.answer(try await run(body, request, context), statuses)
        }
    }

    /// Answers with 204 and nothing else.
    init(
        _ method: HTTPRequest.Method, _ path: String, _ summary: String, _ access: Access,
        parameters: [Parameter] = [], takes: Content? = nil, refuses: [Refusal] = [],
        run: @escaping @Sendable (Request, APIContext) async throws -> Void
    ) {
        self.init(
            method: method, path: path, summary: summary, access: access, parameters: parameters, takes: takes,
            gives: [Given(status: .noContent, content: nil)], refuses: refuses
        ) { request, context in
            try await run(request, context)
            return Response(status: .noContent)
        }
    }

    private static func answer(_ reply: some Described, _ statuses: [HTTPResponse.Status]) throws -> Response {
        let own = (reply as? any AnswerWithStatus)?.httpStatus
        return try Answer.json(reply, status: own ?? statuses.first ?? .ok)
    }
}
