/// Receivers, routes and what holds alerts back.
extension EnvironmentDecoder {
    func alerts(_ reader: YAMLReader) -> AlertDefinition? {
        reader.mapping { alerts in
            var result = AlertDefinition(receivers: alerts.optional("receivers", receivers) ?? [])
            result.rules = alerts.optional("rules") { $0.list(rulePath) } ?? []
            result.route = alerts.optional("route") { route($0, levels: 2) }
            result.inhibitions = alerts.optional("inhibit") { $0.list(inhibition) } ?? []
            result.watchdog = alerts.optional("watchdog", watchdog)
            result.heartbeats = alerts.optional("heartbeats", heartbeats) ?? []
            return result
        }
    }

    private func rulePath(_ reader: YAMLReader) -> Placed<String>? {
        reader.relativePath().map { Placed(name: $0, value: $0, place: reader.place) }
    }

    private func heartbeats(_ reader: YAMLReader) -> [Placed<Duration>]? {
        reader.entries()?.compactMap { entry in
            let within = entry.value.mapping { $0.required("within") { positive($0) } } ?? nil
            return within.map { Placed(name: entry.key, value: $0, place: entry.place) }
        }
    }

    private func watchdog(_ reader: YAMLReader) -> AlertWatchdog? {
        reader.mapping { watchdog -> AlertWatchdog? in
            let every = watchdog.optional("every") { positive($0) } ?? .seconds(60)
            return watchdog.required("receiver") { $0.name() }.map { AlertWatchdog(receiver: $0, every: every) }
        } ?? nil
    }

    private func inhibition(_ reader: YAMLReader) -> AlertInhibition? {
        reader.mapping { inhibition -> AlertInhibition? in
            let source = inhibition.required("source", matchers)
            let target = inhibition.required("target", matchers)
            let equal = inhibition.optional("equal") { $0.list { $0.string() } } ?? []
            guard let source, let target else { return nil }
            return AlertInhibition(source: source, target: target, equal: equal)
        } ?? nil
    }

    private func matchers(_ reader: YAMLReader) -> [LabelMatcher]? {
        reader.list { reader in
            reader.string().flatMap { text in
                LabelMatcher(text)
                    ?? reader.wrong(
                        "a label, `=`, `!=`, `=~` or `!~`, and a value", example: "'severity=\"critical\"'")
            }
        }
    }

    /// - Parameter levels: how many there may be below it.
    private func route(_ reader: YAMLReader, levels: Int) -> AlertRoute? {
        reader.mapping { route in
            let below = levels > 0 ? route.optional("routes") { $0.list { self.route($0, levels: levels - 1) } } : nil
            return AlertRoute(
                matchers: route.optional("match", matchers) ?? [], receiver: route.optional("receiver") { $0.name() },
                groupBy: route.optional("group-by") { $0.list { $0.string() } },
                wait: route.optional("group-wait") { $0.duration() },
                interval: route.optional("group-interval") { positive($0) },
                repeatEvery: route.optional("repeat-interval") { positive($0) },
                continues: route.optional("continue") { $0.boolean() } ?? false,
                mute: route.optional("mute") { $0.list(muteWindow) },
                escalations: route.optional("escalate") { $0.list(escalation) },
                routes: below ?? [])
        }
    }

    private func escalation(_ reader: YAMLReader) -> AlertRoute.Escalation? {
        reader.mapping { escalation -> AlertRoute.Escalation? in
            let after = escalation.required("after") { positive($0) }
            let receiver = escalation.required("receiver") { $0.name() }
            guard let after, let receiver else { return nil }
            return AlertRoute.Escalation(after: after, receiver: receiver)
        } ?? nil
    }

    private func muteWindow(_ reader: YAMLReader) -> FreezeWindow? {
        reader.mapping { mute -> FreezeWindow? in
            let from = mute.required("from", weekTime)
            let until = mute.required("until", weekTime)
            let zone = mute.has("zone") ? mute.optional("zone", zone) : "UTC"
            guard let from, let until, let zone else { return nil }
            return FreezeWindow(from: from, until: until, zone: zone, reason: "muted")
        } ?? nil
    }

    private func receivers(_ reader: YAMLReader) -> [Placed<AlertReceiver>]? {
        reader.entries()?.compactMap { entry in
            receiver(entry.value).map { Placed(name: entry.key, value: $0, place: entry.place) }
        }
    }

    private func receiver(_ reader: YAMLReader) -> AlertReceiver? {
        reader.mapping { receiver -> AlertReceiver? in
            let sendsResolved = receiver.optional("resolved") { $0.boolean() } ?? true
            let kinds: [(isThere: Bool, kind: AlertReceiver.Kind?)] = [
                (receiver.has("webhook"), receiver.optional("webhook", address).map { .webhook($0) }),
                (receiver.has("slack"), receiver.optional("slack", address).map { .slack($0) }),
                (receiver.has("pagerduty"), receiver.optional("pagerduty", pagerduty)),
                (receiver.has("email"), receiver.optional("email", mail).map { .email($0) }),
                (receiver.has("command"), receiver.optional("command", command).map { .command($0) }),
                (receiver.has("alertmanager"), receiver.optional("alertmanager", alertmanager)),
            ]
            guard kinds.count(where: \.isThere) == 1 else {
                return reader.wrong(
                    "one of `webhook`, `slack`, `pagerduty`, `email`, `command` and `alertmanager`",
                    example: "webhook: { url: \"https://…\" }")
            }
            return kinds.lazy.compactMap(\.kind).first.map { AlertReceiver($0, sendsResolved: sendsResolved) }
        } ?? nil
    }

    private func alertmanager(_ reader: YAMLReader) -> AlertReceiver.Kind? {
        reader.mapping { $0.required("url") { $0.url() } }.flatMap { $0.map { .alertmanager(url: $0) } }
    }

    /// `url`, or the name of the secret that it is.
    private func address(_ reader: YAMLReader) -> ReceiverValue? {
        reader.mapping { address -> ReceiverValue? in
            let url = address.optional("url") { $0.url() }
            let secret = address.optional("secret") { $0.string() }
            guard address.has("url") != address.has("secret") else {
                return reader.wrong("with a `url`, or with the name of a `secret`", example: "secret: SLACK_WEBHOOK")
            }
            return url.map { .plain($0) } ?? secret.map { .secret($0) }
        } ?? nil
    }

    private func pagerduty(_ reader: YAMLReader) -> AlertReceiver.Kind? {
        reader.mapping { pagerduty -> AlertReceiver.Kind? in
            let url = pagerduty.optional("url") { $0.url() } ?? "https://events.pagerduty.com/v2/enqueue"
            return pagerduty.required("key") { $0.string() }.map { .pagerduty(key: .secret($0), url: url) }
        } ?? nil
    }

    private func mail(_ reader: YAMLReader) -> AlertMail? {
        reader.mapping { mail -> AlertMail? in
            let server = mail.required("server", mailServer)
            let from = mail.required("from", mailAddress)
            let to = mail.required("to") { $0.list(mailAddress) }
            let user = mail.optional("user") { $0.string() }
            let password = mail.optional("password") { $0.string() }
            let encryption = mail.optional("tls") { $0.choice(AlertMail.Encryption.self) } ?? .required
            guard let server, let from, let to, !to.isEmpty, (user == nil) == (password == nil) else { return nil }
            return AlertMail(
                server: server, from: from, to: to, user: user, password: password, encryption: encryption)
        } ?? nil
    }

    private func mailServer(_ reader: YAMLReader) -> String? {
        guard let text = reader.string() else { return nil }
        let rest = ["smtp://", "smtps://"].lazy.compactMap { text.hasPrefix($0) ? text.dropFirst($0.count) : nil }.first
        guard let rest, !rest.isEmpty, !rest.contains("@"), !rest.contains("/"), !rest.contains(" ") else {
            return reader.wrong("the address of a mail server", example: "smtp://mail.example.com:587")
        }
        return text
    }

    /// Nothing that could end its line in a mail, or be taken for another address.
    private func mailAddress(_ reader: YAMLReader) -> String? {
        guard let text = reader.string() else { return nil }
        let parts = text.split(separator: "@", omittingEmptySubsequences: false)
        let isAddress = parts.count == 2 && parts.allSatisfy { !$0.isEmpty }
        let isPlain = text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && !"<>,;\"()[]\\:".utf8.contains($0) }
        return isAddress && isPlain ? text : reader.wrong("a mail address", example: "on-call@example.com")
    }

    private func commandLimit(_ reader: YAMLReader) -> Duration? {
        positive(reader).flatMap { $0 <= AlertCommand.longest ? $0 : reader.wrong("at most a minute", example: "30s") }
    }

    private func command(_ reader: YAMLReader) -> AlertCommand? {
        reader.mapping { command -> AlertCommand? in
            let within = command.optional("within", commandLimit) ?? .seconds(30)
            guard let words = command.required("run", { $0.list { $0.string() } }) else { return nil }
            guard words.first?.isEmpty == false else {
                return reader.wrong("a program and its arguments", example: "[scripts/page.sh, --loud]")
            }
            return AlertCommand(words, within: within)
        } ?? nil
    }
}
