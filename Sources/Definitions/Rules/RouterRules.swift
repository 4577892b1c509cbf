/// The router: what goes over a network is encrypted, by it or by something that is named.
struct RouterRules {
    let draft: EnvironmentDraft
    let collector: FindingCollector

    private static let example = "router: { tls: { certificate: /etc/tidegate/certificate.pem } }"

    func check() {
        checkPresence()
        checkExposure()
        checkChoice()
        checkReason()
        checkDays()
    }

    private var router: RouterDefinition { draft.environment.router }
    private var isDevelopment: Bool { draft.environment.kind == .development }

    private func checkPresence() {
        guard draft.environment.kind == .production, router.encryption == .none,
            let service = draft.environment.services.first(where: { $0.port != nil })
        else { return }
        collector.report(
            "router.no-certificate", at: draft.place("router", "tls"), name: service.name,
            "production serves `\(service.name)` without encryption: the router has no certificate.",
            fix: "Write `\(Self.example)`, or, if something in front of the router encrypts, "
                + "`router: { tls: { elsewhere: \"what it is, and where\" } }`.")
    }

    private func checkExposure() {
        guard !isDevelopment, !router.isLocal, router.certificate == nil else { return }
        collector.report(
            "router.exposed", at: draft.place("router", "bind"), name: router.bind,
            "the router listens on `\(router.bind)` without a certificate, so requests cross the network in the clear.",
            fix: "Write `bind: \(RouterDefinition.loopback)`, or `\(Self.example)`.")
    }

    private func checkChoice() {
        let tls = draft.root["router"]?["tls"]
        guard tls?["certificate"] != nil, tls?["elsewhere"] != nil else { return }
        collector.report(
            "router.twice", at: draft.place("router", "tls", "elsewhere"), name: "elsewhere",
            "the router has a certificate, and `elsewhere` says that something else encrypts.",
            fix: "Remove `elsewhere`, or `certificate`.")
    }

    private func checkReason() {
        guard case .elsewhere(let reason) = router.encryption, reason.split(separator: " ").count < 3 else { return }
        collector.report(
            "router.reason", at: draft.place("router", "tls", "elsewhere"), name: "elsewhere",
            "`elsewhere: \(reason.prefix(40))` does not say what encrypts in front of the router.",
            fix: "Say it in a few words, such as `elsewhere: \"the load balancer of this site ends TLS\"`.")
    }

    private func checkDays() {
        guard let certificate = router.certificate, certificate.critical > certificate.warn else { return }
        collector.report(
            "router.warning-order", at: draft.place("router", "tls", "critical"), name: "critical",
            "the warning about the certificate's end would come after the critical alert.",
            fix: "Write a `critical` that is not longer than `warn`.")
    }
}
