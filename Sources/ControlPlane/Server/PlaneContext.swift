import FoundationEssentials
import Hummingbird
import NIOCore
import Rollouts

/// One header field; the type is reached through its collection, whose module is not a dependency of its own.
typealias HeaderField = HTTPFields.Element

/// What one request carries through the router.
package struct PlaneContext: RequestContext {
    package var coreContext: CoreRequestContextStorage
    let channel: any Channel
    /// Who is at the other end of the socket, as the operating system says; nil when it cannot tell.
    var peer: String?

    package init(source: ApplicationRequestContextSource) {
        coreContext = .init(source: source)
        channel = source.channel
    }

    /// Who asks. What the client says of itself is kept beside the name that the operating system gives, never instead.
    func caller(of request: Request) throws -> Caller { Caller(name: name(of: request), key: try request.key()) }

    private func name(of request: Request) -> String {
        guard let peer else { return request.claim ?? "unnamed" }
        guard let claim = request.claim, claim != peer else { return peer }
        return ActorName.of(peer, onBehalfOf: claim)
    }
}

/// The way that a request came in, and so what it may do.
package enum Door: Sendable, Equatable {
    /// The socket in the state directory: whoever may open it owns the installation.
    case socket
    /// A TCP address: reading only. `hosts` are the names it answers to, so that a page elsewhere cannot read it by
    /// pointing a name of its own at it (DNS rebinding); `prefix` is what a proxy takes off the path before it asks.
    case network(hosts: Set<String>, prefix: String = "")

    /// What the addresses in pages begin with, for whoever comes in here.
    var prefix: String {
        switch self {
        case .socket: ""
        case .network(_, let prefix): prefix
        }
    }
}

/// Lets through what the door allows.
struct DoorMiddleware: RouterMiddleware {
    let door: Door

    func handle(
        _ request: Request, context: PlaneContext, next: (Request, PlaneContext) async throws -> Response
    ) async throws -> Response {
        if case .network(let hosts, _) = door {
            try checkHost(request, among: hosts)
            guard request.method == .get || request.method == .head else {
                throw Refusal(
                    "read_only_address",
                    "This address only shows; run the tidegate command on the engine's machine to change anything.",
                    exit: .refused)
            }
        }
        var context = context
        if door == .socket { context.peer = try await PeerName.of(context.channel) }
        return try await next(request, context)
    }

    private func checkHost(_ request: Request, among hosts: Set<String>) throws {
        let authority = request.head.authority ?? ""
        let name =
            authority.hasPrefix("[")
            ? String(authority.prefix { $0 != "]" }) + "]"
            : String(authority.prefix { $0 != ":" })
        guard hosts.contains(name.lowercased()) else {
            throw Refusal(
                "unknown_host", "This address does not answer to that host name; open it by its IP address.",
                exit: .refused)
        }
    }
}

extension Request {
    /// The body as JSON; an empty body reads as `{}`.
    func document<T: Decodable>(_ type: T.Type = T.self, upTo bytes: Int = 1 << 20) async throws -> T {
        var copy = self
        let buffer = try await copy.collectBody(upTo: bytes)
        let body = Array(buffer.readableBytesView)
        do {
            return try JSON.decode(type, from: body.isEmpty ? Array("{}".utf8) : body)
        } catch let error as DecodingError {
            throw Refusal("bad_request", "The request's body does not fit: \(error.place).", exit: .usage)
        }
    }

    /// Who asks, as the client says.
    fileprivate var claim: String? {
        guard let name = HeaderField.Name("tidegate-caller"), let value = headers[name], !value.isEmpty else {
            return nil
        }
        return String(value.prefix(120))
    }

    /// By which the same question is known again (IETF draft-ietf-httpapi-idempotency-key-header, without its quotes too).
    fileprivate func key() throws -> String? {
        guard let name = HeaderField.Name("idempotency-key"), let value = headers[name] else { return nil }
        let key = value.hasPrefix("\"") && value.hasSuffix("\"") ? String(value.dropFirst().dropLast()) : value
        guard !key.isEmpty, key.utf8.count <= RequestKey.longest else {
            throw Refusal(
                "bad_request", "An Idempotency-Key has between 1 and \(RequestKey.longest) bytes.", exit: .usage)
        }
        return key
    }

    func number(_ name: String) throws -> Int64? {
        guard let text = uri.queryParameters[name[...]] else { return nil }
        guard let value = Int64(text) else {
            throw Refusal("bad_request", "\(name) is a whole number, not \(text).", exit: .usage)
        }
        return value
    }

    func flag(_ name: String) -> Bool {
        guard let text = uri.queryParameters[name[...]] else { return false }
        return text.isEmpty || text == "true" || text == "1"
    }

    func text(_ name: String) -> String? {
        uri.queryParameters[name[...]].map { String($0) }.flatMap { $0.isEmpty ? nil : $0 }
    }
}

extension DecodingError {
    /// Where the mismatch is, without quoting any value: bodies may carry secrets.
    fileprivate var place: String {
        let (what, context): (String, Context) =
            switch self {
            case .keyNotFound(let key, let context): ("\(key.stringValue) is missing", context)
            case .typeMismatch(_, let context): ("a value has another type than expected", context)
            case .valueNotFound(_, let context): ("a value is missing", context)
            case .dataCorrupted(let context): ("it is not JSON, or not as expected", context)
            @unknown default: ("it cannot be read", Context(codingPath: [], debugDescription: ""))
            }
        let path = context.codingPath.map(\.stringValue).joined(separator: ".")
        return path.isEmpty ? what : "\(what) (at \(path))"
    }
}
