/// Routes, receivers and what holds alerts back: what they speak of is there, and they can do what they say.
struct AlertRouteRules {
    let draft: EnvironmentDraft
    let collector: FindingCollector

    private var alerts: AlertDefinition { draft.environment.alerts }
    private var receivers: [String] { draft.root["alerts"]?["receivers"]?.entries?.map { $0.key } ?? [] }

    func check() {
        for name in named.sorted() where !receivers.contains(name) {
            collector.report(
                "alerts.unknown-receiver", at: draft.place("alerts", "route"), name: name,
                "alerts are routed to `\(name)`, which is no receiver of \(draft.name).",
                fix: Suggestion.nearest(to: name, among: receivers).map { "Write `\($0)`." }
                    ?? "Define it under `alerts.receivers`.")
        }
        checkRoot()
        checkUnused()
        checkTimes()
        checkSecrets()
    }

    /// Everybody whom a route, an escalation or the watchdog names.
    private var named: Set<String> {
        var names: Set<String> = []
        for route in alerts.route?.all ?? [] {
            if let receiver = route.receiver { names.insert(receiver) }
            for escalation in route.escalations ?? [] { names.insert(escalation.receiver) }
        }
        if let watchdog = alerts.watchdog { names.insert(watchdog.receiver) }
        return names
    }

    /// What no other route takes goes to the root's receiver.
    private func checkRoot() {
        guard let route = alerts.route else { return }
        let flaw =
            route.receiver == nil
            ? "has no `receiver`" : !route.matchers.isEmpty ? "has conditions" : nil
        guard let flaw else { return }
        collector.report(
            "alerts.root-route", at: draft.place("alerts", "route"), name: "route",
            "the first route \(flaw), so that some alerts would go to nobody.",
            fix: "Give `alerts.route` a `receiver` and no `match`; put what is special under `routes`.")
    }

    private func checkUnused() {
        guard alerts.route != nil else { return }
        let used = named
        for name in receivers where !used.contains(name) {
            collector.report(
                "alerts.unused-receiver", severity: .warning, at: draft.place("alerts", "receivers", name), name: name,
                "`\(name)` never hears of anything: no route leads there.",
                fix: "Name it in a route, or remove it.")
        }
    }

    private func checkTimes() {
        for route in alerts.route?.all ?? [] {
            guard let interval = route.interval, let again = route.repeatEvery, again < interval else { continue }
            collector.report(
                "alerts.repeat", severity: .warning, at: draft.place("alerts", "route"), name: "repeat-interval",
                "a route repeats what goes on sooner than it tells what is new.",
                fix: "Let `repeat-interval` be at least as long as `group-interval`.")
            return
        }
    }

    private func checkSecrets() {
        let known = draft.environment.secrets.map(\.name)
        for (receiver, secret) in alerts.secrets where !known.contains(secret) {
            collector.report(
                "alerts.unknown-secret", at: draft.place("alerts", "receivers", receiver), name: secret,
                "`\(receiver)` needs the secret `\(secret)`, which is not defined.",
                fix: Suggestion.nearest(to: secret, among: known).map { "Write `\($0)`." }
                    ?? "Define it under `secrets`, best with `from: stored`.")
        }
    }
}
