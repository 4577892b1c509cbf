import Rollouts

/// What pages show of a rollout.
enum RolloutParts {
    static func steps(_ steps: [StepDocument]) -> HTML {
        if steps.isEmpty { return tag("p", .class("none")) { "No step yet." } }
        return tag("ol", .class("steps")) {
            for step in steps {
                tag("li", .class(step.state == .running ? "now" : "")) {
                    tag("div", .class("what")) {
                        step.name
                        if let service = step.service { tag("span", .class("dim")) { " \(service)" } }
                    }
                    tag("div", .class("which")) {
                        Parts.badge(step: step.state)
                        if let detail = step.detail { tag("span", .class("dim")) { " \(detail)" } }
                    }
                }
            }
        }
    }

    static func verdicts(_ verdicts: [VerdictDocument]) -> HTML {
        Parts.table(
            ["Signal", "Service", "Verdict", "#Value", "#Limit", "#Samples", "#Evidence", "#Bound", "Why"],
            verdicts.map { verdict in
                [
                    .text(Parts.spaced(verdict.signal)), .text(verdict.service), Parts.badge(verdict: verdict.verdict),
                    .text(Parts.number(verdict.value)), .text(Parts.number(verdict.limit)),
                    .text(verdict.samples.map(String.init) ?? "–"), .text(Parts.number(verdict.e)),
                    .text(Parts.number(verdict.bound)), .text(verdict.why),
                ]
            }, empty: "Nothing was judged yet.")
    }

    static func events(_ events: [EventDocument]) -> HTML {
        if events.isEmpty { return tag("p", .class("none")) { "Nothing happened yet." } }
        return tag("ol", .class("events")) {
            for event in events.reversed() {
                tag("li") {
                    Parts.time(event.at)
                    tag("span", .title(event.type)) { event.text }
                }
            }
        }
    }

    static func took(_ seconds: Double) -> String {
        Duration.microseconds(Int64(seconds * 1_000_000)).spoken
    }
}

/// One rollout with its evidence.
struct RolloutPage: Sendable {
    var rollout: RolloutDocument
    var events: [EventDocument]

    func page(theme: String?) -> Page {
        Page(
            title: "Rollout of \(rollout.release)",
            trail: [
                ("Tidegate", "/"), (rollout.environment, "/environments/\(pathSegment(rollout.environment))"),
                ("Rollout of \(rollout.release)", "/rollouts/\(pathSegment(rollout.id))"),
            ],
            twin: "/rollouts/\(pathSegment(rollout.id)).json", listensTo: rollout.environment, theme: theme,
            body: [heading, steps, verdicts, log])
    }

    private var heading: HTML {
        tag("div") {
            tag("div", .class("headline")) {
                tag("h1") { "\(rollout.release) in \(rollout.environment)" }
                Parts.badge(outcome: rollout.outcome)
            }
            tag("p", .class("lede"), .attribute("aria-live", "polite")) {
                "Started by \(rollout.startedBy) "
                Parts.moment(rollout.startedAt)
                ", after \(rollout.previous ?? "nothing"); \(rollout.outcome == nil ? "running for" : "took") "
                tag("strong") { RolloutParts.took(rollout.seconds) }
                "."
                if let reason = rollout.reason { " Reason: \(reason)." }
                if let waiting = rollout.waitingFor { tag("strong") { " Waits for \(waiting)." } }
            }
            if let watch = rollout.watch {
                tag("ul", .class("watch")) { for line in watch.lines { tag("li") { line } } }
            }
        }
    }

    private var steps: HTML { Parts.section("Steps") { RolloutParts.steps(rollout.steps) } }
    private var verdicts: HTML { Parts.section("Verdicts") { RolloutParts.verdicts(rollout.verdicts) } }
    private var log: HTML {
        Parts.section("What happened", note: "newest first") { RolloutParts.events(events) }
    }
}
