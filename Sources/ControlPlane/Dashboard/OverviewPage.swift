import Rollouts

/// All environments at a glance.
struct OverviewPage: Sendable {
    var engine: EngineDocument
    var environments: [EnvironmentDocument]
    var statuses: [StatusDocument]
    var releases: [ReleaseDocument]

    func page(theme: String?) -> Page {
        Page(
            title: "Environments", trail: [("Tidegate", "/")], twin: "/index.json", theme: theme,
            body: [heading, table, running, recentReleases])
    }

    private var heading: HTML {
        tag("div") {
            tag("div", .class("headline")) { tag("h1") { "Environments" } }
            tag("p", .class("lede"), .attribute("aria-live", "polite")) { sentence }
        }
    }

    /// The state of everything in one sentence.
    private var sentence: String {
        if environments.isEmpty { return "No environment is defined: add a file to environments/." }
        let troubled = statuses.filter { $0.state == .degraded || !$0.alerts.isEmpty }.map(\.environment)
        let rolling = statuses.filter { $0.state == .rolling }.map(\.environment)
        var parts: [String] = []
        if !troubled.isEmpty { parts.append("Look at \(list(troubled)).") }
        if !rolling.isEmpty { parts.append("A rollout is under way in \(list(rolling)).") }
        if parts.isEmpty {
            parts.append(statuses.allSatisfy { $0.state == .empty } ? "Nothing was rolled out yet." : "All is well.")
        }
        return parts.joined(separator: " ")
    }

    private func list(_ names: [String]) -> String {
        names.count < 2
            ? names.joined() : names.dropLast().joined(separator: ", ") + " and " + (names.last ?? "")
    }

    private var table: HTML {
        Parts.section("Overview", note: engine.project) {
            Parts.table(
                ["Environment", "State", "Release", "Services", "Alerts", "#Spent today", "#Limit"],
                environments.map(row), empty: "No environment is defined.")
        }
    }

    private func row(_ environment: EnvironmentDocument) -> [HTML] {
        let status = statuses.first { $0.environment == environment.name }
        guard let status, environment.invalid == nil || status.release != nil else {
            return [
                .text(environment.name), Parts.badge("not usable", icon: "✕", tone: .bad), "–",
                .text(environment.invalid ?? "not known"), "–", "–", "–",
            ]
        }
        let link = Parts.link(environment.name, to: "/environments/\(pathSegment(environment.name))")
        let invalid = environment.invalid.map { sentence in tag("span", .class("warn")) { " \(sentence)" } }
        return [
            .group([link] + (invalid.map { [$0] } ?? [])), Parts.badge(status.state),
            .text(status.release ?? "–"), services(status),
            status.alerts.isEmpty
                ? tag("span", .class("dim")) { "none" }
                : Parts.badge("\(status.alerts.count) firing", icon: "▲", tone: .bad),
            .text(status.spend.map { Parts.money($0.today) } ?? "unknown"),
            .text(status.spend?.limit.map(Parts.money) ?? "–"),
        ]
    }

    private func services(_ status: StatusDocument) -> HTML {
        if status.services.isEmpty { return tag("span", .class("dim")) { "none" } }
        return .group(
            status.services.enumerated().map { index, service in
                tag("span", .class(service.ready < service.desired ? "bad" : "")) {
                    "\(index > 0 ? " · " : "")\(service.name) \(service.ready)/\(service.desired)"
                }
            })
    }

    @HTMLBuilder private var runningParts: [HTML] {
        for rollout in statuses.compactMap(\.rollout) where rollout.outcome == nil {
            Parts.section("Under way in \(rollout.environment)") { RolloutParts.steps(rollout.steps) }
        }
    }

    private var running: HTML { .group(runningParts) }

    private var recentReleases: HTML {
        Parts.section("Newest releases") {
            ReleasesPage(releases: Array(releases.prefix(5))).table
        }
    }
}

/// Every release that was recorded.
struct ReleasesPage: Sendable {
    var releases: [ReleaseDocument]

    func page(theme: String?) -> Page {
        Page(
            title: "Releases", trail: [("Tidegate", "/"), ("Releases", "/releases")], twin: "/releases.json",
            theme: theme, body: [tag("h1") { "Releases" }, tag("section") { table }])
    }

    var table: HTML {
        Parts.table(
            ["Version", "Digest", "Artifacts", "Recorded", "By", "From", "State"],
            releases.map { release in
                [
                    tag("strong") { release.version }, Parts.digest(release.digest),
                    .text(release.artifacts.map(\.service).joined(separator: ", ")), Parts.moment(release.createdAt),
                    .text(release.createdBy), .text(release.origin ?? "–"),
                    release.blocked.map { reason in
                        tag("span", .title(reason)) { Parts.badge("blocked", icon: "✕", tone: .bad) }
                    } ?? Parts.badge("may roll out", icon: "✓", tone: .quiet),
                ]
            }, empty: "None yet: tidegate release create records one.")
    }
}
