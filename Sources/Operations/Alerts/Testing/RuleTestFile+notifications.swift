import Definitions
import Rollouts

/// Who is told, and what people do about it.
extension RuleTestFile {
    package struct ExpectedNotification: Sendable, Equatable {
        var receiver: String
        /// The names of its alerts, each as often as it has it, in any order.
        var alerts: [String]
        var isFiring: Bool
        /// In Alertmanager's words; nil when it does not matter.
        var reason: AlertNotification.Reason?
    }

    package struct Acts: Sendable, Equatable {
        struct Silence: Sendable, Equatable {
            var from: Duration
            var until: Duration
            var matchers: [String]
        }

        struct Acknowledgement: Sendable, Equatable {
            var at: Duration
            var alert: String
        }

        var silences: [Silence] = []
        var acknowledgements: [Acknowledgement] = []
    }

    static func notification(_ reader: YAMLReader) -> ExpectedNotification? {
        reader.mapping { notification -> ExpectedNotification? in
            let receiver = notification.required("receiver") { $0.name() }
            let alerts = notification.required("alerts") { $0.list { $0.string() } }
            let status = notification.optional("status") { $0.choice(among: ["firing", "resolved"]) } ?? "firing"
            let reason = notification.optional("reason") {
                $0.choice(among: AlertNotification.Reason.allCases.map(\.rawValue))
            }
            guard let receiver, let alerts else { return nil }
            return ExpectedNotification(
                receiver: receiver, alerts: alerts.sorted(), isFiring: status == "firing",
                reason: reason.flatMap { AlertNotification.Reason(rawValue: $0) })
        } ?? nil
    }

    static func silence(_ reader: YAMLReader) -> Acts.Silence? {
        reader.mapping { silence -> Acts.Silence? in
            let from = silence.optional("from") { $0.duration() } ?? .zero
            let until = silence.required("until") { $0.duration() }
            let matchers = silence.required("match") { reader in
                reader.list { reader in
                    reader.string().flatMap {
                        LabelMatcher($0)?.description ?? reader.wrong("a condition on a label", example: "service=api")
                    }
                }
            }
            guard let until, let matchers else { return nil }
            return Acts.Silence(from: from, until: until, matchers: matchers)
        } ?? nil
    }

    static func acknowledgement(_ reader: YAMLReader) -> Acts.Acknowledgement? {
        reader.mapping { act -> Acts.Acknowledgement? in
            let at = act.required("at") { $0.duration() }
            let alert = act.required("alert") { $0.string() }
            guard let at, let alert else { return nil }
            return Acts.Acknowledgement(at: at, alert: alert)
        } ?? nil
    }
}
