import Definitions
import FoundationEssentials
import HTTPClient
import Rollouts
import Secrets

/// Tells receivers of notifications, each in its own form.
package struct AlertSender: Sendable {
    private let http: any HTTPSending
    private let folder: String
    private let inherited: [String: String]
    private let base: String
    private let clock: any WallClock

    /// - Parameters:
    ///   - folder: the project's, where commands run.
    ///   - inherited: variables that every command gets, such as `PATH`.
    ///   - base: where the control plane's dashboard is, without a slash at its end.
    package init(
        http: any HTTPSending, folder: String, inherited: [String: String], base: String, clock: any WallClock
    ) {
        self.clock = clock
        self.http = http
        self.folder = folder
        self.inherited = inherited
        self.base = base
    }

    /// - Parameter secrets: the values of the names that the receiver needs.
    package func send(
        _ notification: AlertNotification, to receiver: AlertReceiver, secrets: [String: Secret]
    ) async -> SendOutcome {
        let outcome: SendOutcome
        do {
            outcome = try await attempt(notification, receiver, secrets)
        } catch let error as MissingSecret {
            outcome = .later(error.description)
        } catch {
            outcome = .later("\(error)")
        }
        return Self.masked(outcome, Redactor(secrets.values))
    }

    private func attempt(
        _ notification: AlertNotification, _ receiver: AlertReceiver, _ secrets: [String: Secret]
    ) async throws -> SendOutcome {
        func value(_ value: ReceiverValue) throws -> String {
            switch value {
            case .plain(let text): return text
            case .secret(let name):
                guard let secret = secrets[name] else { throw MissingSecret(name: name) }
                return secret.reveal()
            }
        }
        switch receiver.kind {
        case .webhook(let url):
            let payload = try WebhookPayload(notification, base: base).json()
            return await post(payload, to: try value(url), notification)
        case .slack(let url):
            let payload = try CanonicalJSON.encode(SlackPayload(notification, base: base))
            return await post(payload, to: try value(url), notification)
        case .pagerduty(let key, let url):
            let event = PagerDutyEvent(notification, routingKey: try value(key), base: base)
            return await post(try CanonicalJSON.encode(event), to: url, notification)
        case .alertmanager(let url):
            let alerts = AlertmanagerAlert.list(notification, base: base, now: clock.now)
            let path = url.hasSuffix("/") ? "api/v2/alerts" : "/api/v2/alerts"
            return await post(try CanonicalJSON.encode(alerts), to: url + path, notification)
        case .email(let mail):
            return await send(notification, by: mail, password: try mail.password.map { try value(.secret($0)) })
        case .command(let command):
            return await run(command, try WebhookPayload(notification, base: base).json(), notification)
        }
    }

    private func post(_ body: String, to url: String, _ notification: AlertNotification) async -> SendOutcome {
        let request = HTTPRequest(
            "POST", url, headers: [("Content-Type", "application/json"), ("Idempotency-Key", notification.id)],
            body: .bytes(Array(body.utf8)), timeout: .seconds(10), maximumBodyBytes: 1 << 20)
        do {
            let response = try await http.send(request)
            if (200..<300).contains(response.status) { return .delivered }
            let said = String(decoding: response.body.prefix(200), as: UTF8.self)
            let why = "the receiver answered \(response.status)\(said.isEmpty ? "" : ": \(said)")"
            // These are about this message; everything else may be mended while it waits.
            return [400, 413, 422].contains(response.status) ? .refused(why) : .later(why)
        } catch {
            return .later("\(error)")
        }
    }

    private func send(
        _ notification: AlertNotification, by mail: AlertMail, password: String?
    ) async -> SendOutcome {
        let message = MailMessage(notification: notification, mail: mail, base: base)
        var request = HTTPRequest("MAIL", mail.server, body: .bytes(message.bytes), timeout: .seconds(30))
        request.mail = MailEnvelope(
            from: mail.from, to: mail.to, login: mail.user.flatMap { user in password.map { (user, $0) } },
            requiresTLS: mail.encryption == .required)
        do {
            let response = try await http.send(request)
            if (200..<300).contains(response.status) { return .delivered }
            let why = "the mail server answered \(response.status)"
            return (500..<600).contains(response.status) ? .refused(why) : .later(why)
        } catch {
            return .later("\(error)")
        }
    }

    private func run(
        _ command: AlertCommand, _ payload: String, _ notification: AlertNotification
    ) async -> SendOutcome {
        var variables = inherited
        variables["TIDEGATE_NOTIFICATION"] = notification.id
        variables["TIDEGATE_ENVIRONMENT"] = notification.environment
        let run = ProgramRun(
            program: command.command[0], arguments: Array(command.command.dropFirst()), folder: folder,
            input: Array(payload.utf8), variables: variables, limit: command.within)
        switch await run.outcome() {
        case .ended(0, _, _): return .delivered
        case .ended(let code, let output, let errors):
            let said = String(decoding: (errors.isEmpty ? output : errors).suffix(200), as: UTF8.self)
            return .later("\(command.command[0]) ended with \(code): \(said)")
        case .tookTooLong:
            return .later("\(command.command[0]) was ended after \(Words.seconds(command.within)), its time")
        case .wroteTooMuch: return .later("\(command.command[0]) wrote more than \(ProgramRun.outputLimit) bytes")
        case .notFound: return .later("the engine finds no program \(command.command[0])")
        case .notRunnable: return .later("\(command.command[0]) cannot be run: chmod +x it")
        }
    }

    private static func masked(_ outcome: SendOutcome, _ redactor: Redactor) -> SendOutcome {
        switch outcome {
        case .delivered: .delivered
        case .later(let why): .later(redactor.mask(why))
        case .refused(let why): .refused(redactor.mask(why))
        }
    }
}

/// A receiver's secret that cannot be had now.
struct MissingSecret: Error, CustomStringConvertible {
    var name: String
    var description: String {
        "the secret \(name), which the receiver needs, has no value here: define it under `secrets` with a source that the "
            + "engine can ask, such as `from: stored`"
    }
}
