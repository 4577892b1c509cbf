import Definitions
import Foundation
import HTTPClient
import Rollouts
import Secrets
import Synchronization
import TestSupport
import Testing

@testable import Operations

/// Receivers as they are: each of these programs is the real one.
@Suite(.timeLimit(.minutes(2))) struct `A receiver` {
    private static func test(_ name: String = "us") -> AlertNotification {
        let now = Timestamp(microseconds: Int64(Date().timeIntervalSince1970 * 1_000_000))
        return AlertNotification.test("dev", receiver: name, by: "ada", id: "1", now: now)
    }

    private static func sender(_ folder: TemporaryFolder) -> AlertSender {
        AlertSender(
            http: HTTPClient(maximumConnections: 4), folder: folder.path, inherited: ["PATH": "/usr/bin:/bin"],
            base: "http://here", clock: SystemClock())
    }

    /// Starts one that is configured by the folder's `am.yml`.
    private static func alertmanager(in folder: TemporaryFolder, port: Int) throws -> RunningCommand {
        try RunningCommand(
            "/usr/bin/prometheus-alertmanager",
            [
                "--config.file=\(folder.file("am.yml"))", "--storage.path=\(folder.file("data"))",
                "--web.listen-address=127.0.0.1:\(port)", "--cluster.listen-address=",
            ], directory: folder.path)
    }

    @Test func `an Alertmanager takes alerts and shows them, and that they are over`() async throws {
        let folder = try TemporaryFolder()
        let port = try freePort()
        try folder.write("am.yml", "route: { receiver: none }\nreceivers: [{ name: none }]\n")
        let manager = try Self.alertmanager(in: folder, port: port)
        defer { manager.signal(SIGKILL) }
        let url = "http://127.0.0.1:\(port)"
        let sender = Self.sender(folder)
        let first = Self.test()
        let isTaken = await eventually(within: .seconds(60)) {
            await sender.send(first, to: AlertReceiver(.alertmanager(url: url)), secrets: [:]) == .delivered
        }
        #expect(isTaken)
        let http = HTTPClient(maximumConnections: 2)
        struct Shown: Decodable {
            var labels: [String: String]
            var annotations: [String: String]
        }
        @Sendable func shown() async throws -> [Shown] {
            let answer = try await http.send(HTTPRequest("GET", "\(url)/api/v2/alerts"))
            return try JSONDecoder().decode([Shown].self, from: Data(answer.body))
        }
        let alert = try #require(try await shown().first)
        #expect(alert.labels["alertname"] == "Test")
        #expect(alert.annotations["summary"]?.contains("ada tries") == true)
        var told = first
        told.isFiring = false
        told.alerts[0].state = .resolved
        told.alerts[0].endedAt = told.at
        #expect(await sender.send(told, to: AlertReceiver(.alertmanager(url: url)), secrets: [:]) == .delivered)
        let isOver = await eventually(within: .seconds(60)) { (try? await shown().isEmpty) == true }
        #expect(isOver)
    }

    /// Whoever understands Alertmanager's webhooks understands ours: what it sends by itself is the model.
    @Test func `a webhook gets everything that a real Alertmanager sends, in the same form`() async throws {
        let folder = try TemporaryFolder()
        let port = try freePort()
        let bodies = Bodies()
        let server = try ScriptedServer { connection in
            while let request = connection.readRequest() {
                bodies.add(request.body)
                connection.respond(headers: [], body: "")
            }
        }
        try folder.write(
            "am.yml",
            """
            route: { receiver: hook, group_by: [alertname], group_wait: 0s }
            receivers: [{ name: hook, webhook_configs: [{ url: "\(server.url)/" }] }]
            """)
        let manager = try Self.alertmanager(in: folder, port: port)
        defer { manager.signal(SIGKILL) }
        let (sender, told) = (Self.sender(folder), Self.test())
        let isSent = await eventually(within: .seconds(60)) {
            await sender.send(told, to: AlertReceiver(.alertmanager(url: "http://127.0.0.1:\(port)")), secrets: [:])
                == .delivered
        }
        #expect(isSent)
        #expect(await eventually(within: .seconds(60)) { bodies.first != nil })
        let body = Data(try #require(bodies.first))
        let theirs = try #require(try JSONSerialization.jsonObject(with: body) as? [String: Any])
        let own = try JSONEncoder().encode(WebhookPayload(told, base: "http://here"))
        let ours = try #require(try JSONSerialization.jsonObject(with: own) as? [String: Any])
        Self.compare(theirs, ours, at: "")
        let (their, our) = (theirs["alerts"] as? [[String: Any]], ours["alerts"] as? [[String: Any]])
        Self.compare(try #require(their?.first), try #require(our?.first), at: "alerts.")
        #expect(theirs["version"] as? String == ours["version"] as? String)
    }

    private static func compare(_ theirs: [String: Any], _ ours: [String: Any], at path: String) {
        for (key, value) in theirs {
            let isSame =
                switch (value, ours[key]) {
                case (is String, is String), (is [String: String], is [String: String]), (is [Any], is [Any]): true
                case (is NSNumber, is NSNumber): true
                default: false
                }
            #expect(isSame, "\(path)\(key): \(value) there, \(ours[key] ?? "nothing") here")
        }
    }

    private final class Bodies: Sendable {
        private let all = Mutex<[[UInt8]]>([])
        var first: [UInt8]? { all.withLock { $0.first } }
        func add(_ body: [UInt8]) { all.withLock { $0.append(body) } }
    }

    @Test func `a mail server gets the mail for everybody whom it is for`() async throws {
        let folder = try TemporaryFolder()
        let port = try freePort()
        let server = try RunningCommand(
            PythonTools.path("aiosmtpd"),
            ["-n", "-l", "127.0.0.1:\(port)", "-c", "aiosmtpd.handlers.Mailbox", folder.file("mail")],
            directory: folder.path)
        defer { server.signal(SIGKILL) }
        let mail = AlertMail(
            server: "smtp://127.0.0.1:\(port)", from: "tidegate@example.com", to: ["a@example.com", "b@example.com"],
            encryption: .none)
        let sender = Self.sender(folder)
        let isTaken = await eventually(within: .seconds(60)) {
            await sender.send(Self.test(), to: AlertReceiver(.email(mail)), secrets: [:]) == .delivered
        }
        #expect(isTaken)
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.file("mail/new"))
        let text = try String(contentsOfFile: folder.file("mail/new/\(try #require(names.first))"), encoding: .utf8)
        #expect(text.contains("Subject: [TEST] Test in dev") && text.contains("X-MailFrom: tidegate@example.com"))
        #expect(text.contains("X-RcptTo: a@example.com, b@example.com"))
        let body = text.components(separatedBy: "\n\n").dropFirst().joined().replacingOccurrences(of: "\n", with: "")
        let plain = Data(base64Encoded: body).map { String(decoding: $0, as: UTF8.self) } ?? ""
        #expect(plain.contains("ada tries whether alerts arrive here."))
        // Nothing is sent in the clear where TLS is asked for, and this server has none.
        var strict = mail
        strict.encryption = AlertMail.Encryption.required
        let refused = await sender.send(Self.test(), to: AlertReceiver(.email(strict)), secrets: [:])
        guard case .later = refused else {
            Issue.record("\(refused)")
            return
        }
    }

    @Test func `a command gets the payload on its standard input, and its exit decides`() async throws {
        let folder = try TemporaryFolder()
        let sender = Self.sender(folder)
        let keep = AlertCommand(["/bin/sh", "-c", "cat > payload; echo $TIDEGATE_NOTIFICATION > id"])
        #expect(await sender.send(Self.test(), to: AlertReceiver(.command(keep)), secrets: [:]) == .delivered)
        let payload = try JSONDecoder().decode(
            WebhookPayload.self, from: try Data(contentsOf: URL(filePath: folder.file("payload"))))
        #expect(payload.alerts.count == 1 && payload.receiver == "us")
        let fails = AlertCommand(["/bin/sh", "-c", "echo no modem >&2; exit 3"])
        let failed = await sender.send(Self.test(), to: AlertReceiver(.command(fails)), secrets: [:])
        #expect(failed == .later("/bin/sh ended with 3: no modem\n"))
    }

    @Test func `a URL that is secret is in no failure`() async throws {
        let folder = try TemporaryFolder()
        let url = "http://127.0.0.1:1/services/T000/canary-4711-hook"
        let receiver = AlertReceiver(.slack(.secret("CHAT_HOOK")))
        let failed = await Self.sender(folder).send(Self.test(), to: receiver, secrets: ["CHAT_HOOK": Secret(url)])
        guard case .later(let why) = failed else {
            Issue.record("\(failed)")
            return
        }
        #expect(!why.contains("canary"))
        let without = await Self.sender(folder).send(Self.test(), to: receiver, secrets: [:])
        #expect(without != .delivered && "\(without)".contains("CHAT_HOOK"))
    }
}
