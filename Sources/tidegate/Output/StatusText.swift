import ControlPlane

enum StatusText {
    static func text(_ status: StatusDocument) -> String {
        var lines = [headline(status)]
        for alert in status.alerts { lines.append(Ink.bad("▲ \(alert.name)") + ": \(alert.summary)") }
        if let rollout = status.rollout, rollout.outcome == nil { lines.append(underWay(rollout)) }
        if !status.services.isEmpty { lines.append(services(status.services)) }
        for certificate in status.certificates { lines += Self.certificate(certificate) }
        lines += drift(status)
        for verdict in status.verdicts where isTelling(verdict, during: status.rollout) {
            lines.append("\(spaced(verdict.signal)): \(spaced(verdict.verdict)): \(verdict.why)")
        }
        if let spend = status.spend {
            lines.append("spent today: \(spend.today)\(spend.limit.map { " of \($0)" } ?? "") \(spend.currency)")
        }
        if let incident = status.incident {
            lines.append(
                Ink.warn("incident \(incident.id)") + ": \(incident.release) was taken back at "
                    + "\(minute(incident.openedAt)): \(incident.verdicts.first ?? "")")
        }
        for sentence in status.unknown { lines.append(Ink.warn("unknown: \(sentence)")) }
        return lines.joined(separator: "\n")
    }

    private static func certificate(_ certificate: CertificateDocument) -> [String] {
        let names = certificate.names.isEmpty ? certificate.source : certificate.names.joined(separator: ", ")
        return ["certificate: \(names): \(certificate.ends)"]
            + (certificate.problem.map { [Ink.bad("certificate: \(certificate.source) is not taken: \($0)")] } ?? [])
    }

    /// Whether a person should read it: what passes, and what is merely idle while nothing is rolled out, is not shown.
    private static func isTelling(_ verdict: VerdictDocument, during rollout: RolloutDocument?) -> Bool {
        switch verdict.verdict {
        case "pass": false
        case "not_enough_evidence":
            rollout?.outcome == nil && rollout != nil || (verdict.value ?? 0) > (verdict.limit ?? .infinity)
        default: true
        }
    }

    private static func headline(_ status: StatusDocument) -> String {
        let release = status.release.map { "\($0) (\(status.bundle.map(shortDigest) ?? "–"))" } ?? "nothing"
        return "\(Ink.bold(status.environment))  \(state(status.state))  runs \(release)"
            + (status.previous.map { ", after \($0)" } ?? "")
    }

    private static func state(_ state: StatusDocument.State) -> String {
        switch state {
        case .empty: "○ empty"
        case .steady: Ink.good("● steady")
        case .rolling: Ink.warn("◐ rolling")
        case .degraded: Ink.bad("▲ degraded")
        case .rolledBack: Ink.warn("↺ rolled back")
        }
    }

    /// What differs from the definition, and the release that could run here.
    private static func drift(_ status: StatusDocument) -> [String] {
        var lines: [String] = []
        if let summary = status.driftSummary, !["none", "empty", "rolling"].contains(summary.state) {
            lines.append("drift: \(DriftText.verdict(summary))")
        }
        for item in status.drift {
            let by = item.by.map { ", by \($0.text)" } ?? ""
            lines.append("  \(item.kind): \(item.service) \(item.name): \(item.message) for \(took(item.seconds))\(by)")
        }
        if let checked = status.driftSummary?.notChecked, !checked.isEmpty, status.driftSummary?.state == "none" {
            lines.append("drift: not checked here: \(checked.joined(separator: ", "))")
        }
        if let behind = status.behind { lines.append(Ink.warn("behind: \(behind.text)") + ": \(behind.fix)") }
        return lines
    }

    private static func underWay(_ rollout: RolloutDocument) -> String {
        "rollout \(rollout.id) of \(rollout.release): \(spaced(rollout.stage)) for \(took(rollout.seconds))"
            + (rollout.waitingFor.map { ", waits for \($0)" } ?? "")
    }

    private static func services(_ services: [ServiceStatus]) -> String {
        var table = Table("SERVICE", "READY", "INSTANCE", "RELEASE", "STATE", "PROOF", "WEIGHT", "RESTARTS", "ADDRESS")
        for service in services {
            let ready = "\(service.ready)/\(service.desired)"
            if service.instances.isEmpty {
                table.add(service.name, ready, "–", "–", "–", "–", "–", "–", service.url ?? "–")
            }
            for (index, instance) in service.instances.enumerated() {
                table.add(
                    index == 0 ? service.name : "", index == 0 ? ready : "", String(instance.id.suffix(8)),
                    instance.release, instance.ready ? "ready" : instance.alive ? "not ready" : "down",
                    instance.proof, instance.weight.map { "\($0) %" } ?? "–", String(instance.restarts),
                    instance.url ?? "–")
            }
        }
        let details = services.flatMap(\.instances).compactMap { instance in
            instance.detail.map { "\(instance.id.suffix(8)): \($0)" }
        }
        let addresses = services.compactMap { service in service.url.map { "\(service.name): \($0)" } }
        return ([table.text] + details + addresses).joined(separator: "\n")
    }
}
