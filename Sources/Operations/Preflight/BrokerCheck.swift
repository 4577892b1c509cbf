import Contract

/// Whether a broker lets the service in with its own account. Redis and AMQP 0-9-1 are spoken as far as logging in goes;
/// of others, and of those behind TLS, only the host is looked at.
struct BrokerCheck: Sendable {
    let name: String
    let address: String
    let isDevelopment: Bool
    let limit: Duration

    func reports() async -> [CheckReport] {
        guard let endpoint = Endpoint(address), let port = endpoint.port else {
            return [
                CheckReport(
                    .failed, "\(name) is no broker's address.",
                    fix: "Write amqp://USER:PASSWORD@HOST:PORT/VHOST or redis://…")
            ]
        }
        guard ["redis", "amqp"].contains(endpoint.scheme) else {
            return await HostCheck(endpoint: endpoint, isDevelopment: isDevelopment, limit: limit).reports()
        }
        let addresses: [NetworkAddress]
        switch await HostCheck.resolve(endpoint.host, port: port) {
        case .success(let found): addresses = found
        case .failure(let trouble): return [trouble.report]
        }
        if let doubt = HostCheck.doubt(endpoint.host, addresses, isDevelopment: isDevelopment) { return [doubt] }
        let (name, limit) = (name, limit)
        return await blocking {
            do throws(NetworkError) {
                let connection = try Network.connect(addresses, until: ContinuousClock.now + limit)
                let answer =
                    endpoint.scheme == "redis"
                    ? try RedisLogin(endpoint).run(on: connection) : try AMQPLogin(endpoint).run(on: connection)
                return [answer.report(endpoint, variable: name)]
            } catch {
                return [HostTrouble(host: endpoint.shown, error: error).report]
            }
        }
    }
}

/// How a broker takes somebody's account.
enum BrokerAnswer: Sendable, Equatable {
    case welcome
    case accountRefused(String)
    /// The account is good, and may not use the virtual host or database.
    case placeRefused(String)
    case strange(String)

    func report(_ endpoint: Endpoint, variable: String) -> CheckReport {
        let user = endpoint.user ?? "who gives no user"
        switch self {
        case .welcome: return .passed("The broker \(endpoint.shown) lets \(endpoint.user ?? "everybody") in.")
        case .accountRefused(let words):
            return CheckReport(
                .failed, "The broker \(endpoint.shown) does not let \(user) in: \(words).",
                fix: "Make that user on the broker, or put the right account into the source of \(variable).")
        case .placeRefused(let words):
            return CheckReport(
                .failed, "The broker \(endpoint.shown) lets \(user) in, but not to \(endpoint.path): \(words).",
                fix: "Make that virtual host or database, and give \(user) its permissions.")
        case .strange(let words):
            return CheckReport(
                .failed, "What listens at \(endpoint.shown) does not speak \(endpoint.scheme): \(words).",
                fix: "Check host and port in \(variable); a port for TLS wants \(endpoint.scheme)s://.")
        }
    }
}

/// AUTH, SELECT and PING (https://redis.io/docs/latest/develop/reference/protocol-spec/).
struct RedisLogin {
    private let endpoint: Endpoint

    init(_ endpoint: Endpoint) { self.endpoint = endpoint }

    func run(on connection: NetworkConnection) throws(NetworkError) -> BrokerAnswer {
        if let password = endpoint.password {
            let user = endpoint.user.flatMap { $0.isEmpty ? nil : $0 }
            let answer = try ask(["AUTH"] + [user].compactMap(\.self) + [password], connection)
            if answer.hasPrefix("-") { return .accountRefused(code(answer)) }
        }
        let answer = try ask(["PING"], connection)
        if answer.hasPrefix("-NOAUTH") || answer.hasPrefix("-NOPERM") || answer.hasPrefix("-WRONGPASS") {
            return .accountRefused(code(answer))
        }
        guard answer.hasPrefix("+") else { return .strange("it answers PING with something else") }
        let database = endpoint.path.dropFirst()
        guard !database.isEmpty else { return .welcome }
        let place = try ask(["SELECT", String(database)], connection)
        return place.hasPrefix("+") ? .welcome : .placeRefused(code(place))
    }

    private func ask(_ words: [String], _ connection: NetworkConnection) throws(NetworkError) -> String {
        let text = "*\(words.count)\r\n" + words.map { "$\($0.utf8.count)\r\n\($0)\r\n" }.joined()
        try connection.send(Array(text.utf8))
        var line: [UInt8] = []
        while line.last != UInt8(ascii: "\n"), line.count < 4096 { line += try connection.receive(atMost: 1) }
        return String(decoding: line.prefix { $0 != UInt8(ascii: "\r") }, as: UTF8.self)
    }

    /// An error begins with its code; what follows is free text that might repeat what was sent.
    private func code(_ answer: String) -> String { String(answer.dropFirst().prefix { $0 != " " }) }
}

/// The opening of a connection with PLAIN (AMQP 0-9-1 specification, sections 2.3.5 and 4.2.2).
struct AMQPLogin {
    private enum Method {
        static let start: UInt16 = 10
        static let startOk: UInt16 = 11
        static let tune: UInt16 = 30
        static let tuneOk: UInt16 = 31
        static let open: UInt16 = 40
        static let openOk: UInt16 = 41
        static let close: UInt16 = 50
    }

    private struct Frame {
        var method: UInt16
        var arguments: [UInt8]
    }

    private let endpoint: Endpoint

    init(_ endpoint: Endpoint) { self.endpoint = endpoint }

    func run(on connection: NetworkConnection) throws(NetworkError) -> BrokerAnswer {
        try connection.send(Array("AMQP".utf8) + [0, 0, 9, 1])
        guard let start = try receive(connection), start.method == Method.start else {
            return .strange("it does not begin as AMQP 0-9-1 does")
        }
        try send(Method.startOk, startOk, connection)
        // Older brokers close the connection instead of saying why.
        guard let tune = try receiveOrClosed(connection) else { return .accountRefused("it closed the connection") }
        guard tune.method == Method.tune else { return .accountRefused(reason(tune)) }
        try send(Method.tuneOk, Array(tune.arguments.prefix(8)), connection)
        try send(Method.open, short(virtualHost) + short("") + [0], connection)
        guard let open = try receiveOrClosed(connection) else { return .placeRefused("it closed the connection") }
        guard open.method == Method.openOk else { return .placeRefused(reason(open)) }
        try send(Method.close, [0, 200] + short("") + [0, 0, 0, 0], connection)
        return .welcome
    }

    private var virtualHost: String {
        endpoint.path.count > 1 ? String(endpoint.path.dropFirst()).percentDecoded : "/"
    }

    /// Asks to be told when the account is refused, then gives the account.
    private var startOk: [UInt8] {
        let wish = short("authentication_failure_close") + Array("t".utf8) + [1]
        let properties = short("capabilities") + Array("F".utf8) + long(wish)
        let account = [0] + Array((endpoint.user ?? "guest").utf8) + [0] + Array((endpoint.password ?? "guest").utf8)
        return long(properties) + short("PLAIN") + long(account) + short("en_US")
    }

    private func short(_ text: String) -> [UInt8] { [UInt8(text.utf8.count & 0xff)] + Array(text.utf8.prefix(255)) }

    private func long(_ bytes: [UInt8]) -> [UInt8] {
        let count = UInt32(bytes.count)
        return [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: count >> $0) } + bytes
    }

    private func send(_ method: UInt16, _ arguments: [UInt8], _ connection: NetworkConnection) throws(NetworkError) {
        let payload: [UInt8] = [0, 10, UInt8(method >> 8), UInt8(method & 0xff)] + arguments
        try connection.send([1, 0, 0] + long(payload) + [0xCE])
    }

    private func receiveOrClosed(_ connection: NetworkConnection) throws(NetworkError) -> Frame? {
        do throws(NetworkError) { return try receive(connection) } catch {
            if error == .closed { return nil }
            throw error
        }
    }

    /// The next method of the connection class; nil for what is no such frame.
    private func receive(_ connection: NetworkConnection) throws(NetworkError) -> Frame? {
        let head = try connection.receive(7)
        let size = head[3...6].reduce(0) { $0 << 8 | Int($1) }
        guard head[0] == 1, (4...(1 << 20)).contains(size) else { return nil }
        let body = try connection.receive(size + 1)
        guard body.last == 0xCE, body[0] == 0, body[1] == 10 else { return nil }
        return Frame(method: UInt16(body[2]) << 8 | UInt16(body[3]), arguments: Array(body[4..<size]))
    }

    /// The reply code of a close; its text might repeat what was sent.
    private func reason(_ frame: Frame) -> String {
        guard frame.method == Method.close, frame.arguments.count > 2 else { return "it answers something else" }
        let code = Int(frame.arguments[0]) << 8 | Int(frame.arguments[1])
        switch code {
        case 403: return "ACCESS_REFUSED (403)"
        case 404: return "NOT_FOUND (404)"
        case 530: return "NOT_ALLOWED (530)"
        default: return "reply code \(code)"
        }
    }
}
