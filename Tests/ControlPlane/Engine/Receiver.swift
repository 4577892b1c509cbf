import Foundation
import Synchronization
import TestSupport

/// Somebody who is told of alerts by webhook, and takes what they are told, or not.
final class Receiver: Sendable {
    struct Message: Decodable, Sendable {
        struct Alert: Decodable, Sendable {
            var status: String
            var labels: [String: String]
            var generatorURL: String
        }

        var status: String
        var receiver: String
        var truncatedAlerts: Int
        var externalURL: String
        var alerts: [Alert]
        /// The `Idempotency-Key`.
        var key: String?
        var bytes: Int?
    }

    enum Mood { case takes, refuses, hangsUp }

    private final class Book: Sendable {
        struct State {
            var mood = Mood.takes
            var messages: [Message] = []
            var attempts = 0
        }

        let state = Mutex(State())

        func serve(_ connection: ScriptedConnection) {
            while let request = connection.readRequest() {
                let mood = state.withLock { state in
                    state.attempts += 1
                    if state.mood == .takes { state.messages += Self.message(request) }
                    return state.mood
                }
                switch mood {
                case .takes: connection.respond()
                case .refuses: connection.respond("503 Service Unavailable")
                case .hangsUp: return connection.reset()
                }
            }
        }

        private static func message(_ request: ReceivedRequest) -> [Message] {
            do {
                var message = try JSONDecoder().decode(Message.self, from: Data(request.body))
                message.key = request.headers["idempotency-key"]
                message.bytes = request.body.count
                return [message]
            } catch {
                print("not a webhook: \(error)")
                return []
            }
        }
    }

    private let book = Book()
    private let server: ScriptedServer

    init() throws { server = try ScriptedServer { [book] in book.serve($0) } }

    var url: String { server.url }
    var messages: [Message] { book.state.withLock { $0.messages } }
    var attempts: Int { book.state.withLock { $0.attempts } }
    func becomes(_ mood: Mood) { book.state.withLock { $0.mood = mood } }
}
