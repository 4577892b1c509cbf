import Rollouts

/// One environment: what runs, what is under way, what it was judged by, what it costs.
struct EnvironmentPage: Sendable {
    var status: StatusDocument
    var history: [RolloutDocument]
    var journal: [EventDocument]

    func page(theme: String?) -> Page {
        Page(
            title: status.environment,
            trail: [("Tidegate", "/"), (status.environment, "/environments/\(pathSegment(status.environment))")],
            twin: "/environments/\(pathSegment(status.environment)).json", listensTo: status.environment, theme: theme,
            body: [
                heading, alerts, figures, rollout, DriftPanel(status: status).panel, instances, certificates, verdicts,
                columns,
            ])
    }

    private var heading: HTML {
        tag("div") {
            tag("div", .class("headline")) {
                tag("h1") { status.environment }
                Parts.badge(status.state)
            }
            tag("p", .class("lede"), .attribute("aria-live", "polite")) { sentence }
        }
    }

    @HTMLBuilder private var sentence: [HTML] {
        if let release = status.release {
            "Runs "
            tag("strong") { release }
            if let bundle = status.bundle {
                " as bundle "
                Parts.digest(bundle)
            }
            if let previous = status.previous { ", after \(previous)" }
            ". "
        } else {
            "Nothing was rolled out here yet. "
        }
        if let rollout = status.rollout, let waiting = rollout.waitingFor {
            tag("strong") { "The rollout of \(rollout.release) waits for \(waiting). " }
        }
        if let incident = status.incident {
            let failed = incident.costs.reduce(0) { $0 + $1.failed }
            tag("strong", .class("warn")) {
                "\(incident.release) was taken back, \(failed) requests failed: incident \(incident.id) is open. "
            }
        }
        for sentence in status.unknown { tag("span", .class("warn")) { "? \(sentence) " } }
    }

    private var alerts: HTML {
        if status.alerts.isEmpty { return .nothing }
        return tag("ul", .class("alerts"), .attribute("role", "alert")) {
            for alert in status.alerts {
                tag("li") {
                    Parts.badge(alert.name, icon: "▲", tone: .bad)
                    " \(alert.summary) "
                    tag("span", .class("dim")) {
                        "since "
                        Parts.time(alert.startsAt)
                        if let held = alert.heldBack { "; not told: \(held)" }
                    }
                }
            }
        }
    }

    private var figures: HTML {
        tag("div", .class("figures")) {
            for service in status.services {
                figure(
                    "\(service.name) ready", "\(service.ready) of \(service.desired)",
                    under: service.url ?? "no traffic")
            }
            figure(
                "Spent today", status.spend.map { "\(Parts.money($0.today)) \($0.currency)" } ?? "unknown",
                under: status.spend?.limit.map { "of \(Parts.money($0)) a day" } ?? "no limit set")
            figure(
                "Alerts", status.alerts.isEmpty ? "none" : "\(status.alerts.count) firing",
                under: DriftPanel(status: status).word)
        }
    }

    private func figure(_ label: String, _ value: String, under: String) -> HTML {
        tag("div") {
            tag("div", .class("label")) { label }
            tag("div", .class("value")) { value }
            tag("div", .class("under")) { under }
        }
    }

    private var rollout: HTML {
        // One that found nothing to do has nothing to show.
        guard let rollout = status.rollout ?? history.first(where: \.didSomething) ?? history.first else {
            return .nothing
        }
        let title =
            rollout.outcome == nil ? "Rollout of \(rollout.release), under way" : "Last rollout: \(rollout.release)"
        return Parts.section(title, note: RolloutParts.took(rollout.seconds)) {
            RolloutParts.steps(rollout.steps)
        }
    }

    private var instances: HTML {
        Parts.section("Instances") {
            Parts.table(
                ["Service", "Instance", "Release", "State", "Proof", "#Weight", "#Restarts", "Address", "Since"],
                status.services.flatMap { service in service.instances.map { row($0, of: service) } },
                empty: "Nothing runs.")
        }
    }

    private func row(_ instance: InstanceStatus, of service: ServiceStatus) -> [HTML] {
        [
            .text(service.name), Parts.code(String(instance.id.suffix(12)), title: instance.id),
            .text(instance.release), state(of: instance), proof(instance.proof), weight(instance.weight),
            .text(String(instance.restarts)), .text(instance.url ?? "–"), Parts.time(instance.since),
        ]
    }

    private func state(of instance: InstanceStatus) -> HTML {
        let badge =
            instance.ready
            ? Parts.badge("ready", icon: "●", tone: .good)
            : instance.alive
                ? Parts.badge("not ready", icon: "○", tone: .warn) : Parts.badge("down", icon: "✕", tone: .bad)
        return .group([badge] + (instance.detail.map { detail in [tag("div", .class("dim")) { detail }] } ?? []))
    }

    private func proof(_ word: String) -> HTML {
        switch word {
        case "reported": Parts.badge("reported", icon: "✓", tone: .good)
        case "attested": Parts.badge("attested", icon: "✓", tone: .quiet)
        default: Parts.badge("none", icon: "?", tone: .warn)
        }
    }

    private func weight(_ percent: Int?) -> HTML {
        guard let percent else { return "–" }
        return .group([
            tag("span", .class("bar"), .attribute("aria-hidden", "true")) {
                tag("svg", .attribute("viewBox", "0 0 100 6"), .attribute("preserveAspectRatio", "none")) {
                    tag("rect", .attribute("width", String(min(max(percent, 0), 100))), .attribute("height", "6"))
                }
            },
            "\(percent) %",
        ])
    }

    private var verdicts: HTML {
        Parts.section("Last verdicts") { RolloutParts.verdicts(status.verdicts) }
    }

    private var certificates: HTML {
        if status.certificates.isEmpty { return .nothing }
        return Parts.section("Certificates") {
            Parts.table(
                ["Names", "Ends", "File", "State"],
                status.certificates.map { certificate in
                    [
                        .text(certificate.names.joined(separator: ", ")), .text(certificate.ends),
                        .text(certificate.source),
                        certificate.problem.map { problem in
                            .group([
                                Parts.badge("not taken", icon: "✕", tone: .bad), tag("div", .class("dim")) { problem },
                            ])
                        } ?? Parts.badge("served", icon: "●", tone: .good),
                    ]
                }, empty: "None.")
        }
    }

    private var columns: HTML {
        tag("div", .class("columns")) {
            Parts.section("Journal", note: "newest first") { RolloutParts.events(journal) }
            Parts.section("Rollouts") {
                Parts.table(
                    ["Release", "Outcome", "Started", "#Took"],
                    history.prefix(12).map { rollout in
                        [
                            Parts.link(rollout.release, to: "/rollouts/\(pathSegment(rollout.id))"),
                            Parts.badge(outcome: rollout.outcome), Parts.moment(rollout.startedAt),
                            .text(RolloutParts.took(rollout.seconds)),
                        ]
                    }, empty: "None yet.")
            }
        }
    }
}

extension RolloutDocument {
    /// Whether it came past the validation that every rollout starts with.
    fileprivate var didSomething: Bool {
        steps.dropFirst().contains { $0.state == .done || $0.state == .failed || $0.state == .running }
    }
}
