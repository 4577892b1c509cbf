import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import ServiceLifecycle

/// Where the servers listen.
package struct ListenAddress: Sendable, Equatable, CustomStringConvertible {
    package var host: String
    /// 0 takes any free port.
    package var port: Int

    /// `host:port`, `[v6]:port`, `:port` or `port`.
    package init(_ text: String) throws {
        let separator = text.lastIndex(of: ":")
        let portText = separator.map { text[text.index(after: $0)...] } ?? text[...]
        guard let port = Int(portText), (0...65_535).contains(port) else {
            throw Refusal("bad_address", "\(text) is no address; write it like 127.0.0.1:7070.", exit: .usage)
        }
        let host = separator.map { String(text[..<$0]) } ?? ""
        self.host = host.isEmpty ? "127.0.0.1" : host.filter { $0 != "[" && $0 != "]" }
        self.port = port
    }

    package var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }

    /// The way in here: under the names of this machine and the public one.
    func door(_ publicAddress: PublicAddress?) -> Door {
        let own: Set = ["localhost", "127.0.0.1", "[::1]", host.contains(":") ? "[\(host)]" : host]
        return .network(
            hosts: own.union(publicAddress.map { [$0.host] } ?? []), prefix: publicAddress?.prefix ?? "")
    }
}

/// What a door is bound to.
package enum ServerAddress: Sendable, Equatable {
    case socket(path: String)
    case network(ListenAddress)
}

/// One of the two doors, as a service: it answers until the group shuts down.
package struct PlaneServer: Service {
    let control: any Control
    let door: Door
    let address: ServerAddress
    let logger: Logger
    /// Told when it listens, with the port on TCP.
    let listening: @Sendable (Int?) async -> Void

    package init(
        control: any Control, door: Door, address: ServerAddress, logger: Logger,
        listening: @Sendable @escaping (Int?) async -> Void = { _ in }
    ) {
        self.control = control
        self.door = door
        self.address = address
        self.logger = logger
        self.listening = listening
    }

    package func run() async throws {
        let router = Router(context: PlaneContext.self)
        router.add(middleware: ErrorMiddleware(prefix: door.prefix))
        router.add(middleware: DoorMiddleware(door: door))
        Routes(control: control).add(to: router)
        Dashboard(control: control, prefix: door.prefix).add(to: router)
        let application = Application(
            responder: PrefixResponder(prefix: door.prefix, next: router.buildResponder()),
            configuration: .init(address: bindAddress, serverName: "tidegate"),
            onServerRunning: { channel in await listening(channel.localAddress?.port) }, logger: logger)
        try await application.run()
    }

    private var bindAddress: BindAddress {
        switch address {
        case .socket(let path): .unixDomainSocket(path: path)
        case .network(let address): .hostname(address.host, port: address.port)
        }
    }
}

/// Takes off the path's beginning below which pages link, where no proxy has: whoever comes directly, through a tunnel at night,
/// finds what the pages name as well.
private struct PrefixResponder<Next: HTTPResponder>: HTTPResponder {
    let prefix: String
    let next: Next

    func respond(to request: Request, context: Next.Context) async throws -> Response {
        guard !prefix.isEmpty, let path = request.head.path, path == prefix || path.hasPrefix(prefix + "/") else {
            return try await next.respond(to: request, context: context)
        }
        var head = request.head
        head.path = path == prefix ? "/" : String(path.dropFirst(prefix.count))
        return try await next.respond(to: Request(head: head, body: request.body), context: context)
    }
}
