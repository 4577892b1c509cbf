extension RuleDescription {
    static let router: [RuleDescription] = [
        .init(
            "router.no-certificate", "Production's router has a certificate, or something in front of it has.",
            "Passwords, tokens and documents would cross the network in the clear.",
            wrong: .environment("services:\n  api: { port: 8200 }\nrouter: ~", .production),
            right: .environment(
                "services:\n  api: { port: 8200 }\nrouter: { tls: { certificate: /etc/tidegate/certificate.pem } }",
                .production)),
        .init(
            "router.exposed", "Without a certificate the router is reached from its own machine only.",
            "Whoever can reach the port could read along.",
            wrong: .environment("router: { bind: \"*\", tls: ~ }", .staging),
            right: .environment(
                "router: { bind: \"*\", tls: { certificate: /etc/tidegate/certificate.pem } }", .staging)),
        .init(
            "router.twice", "One of the two encrypts.", "Nobody could tell which certificate clients see.",
            wrong: .environment(
                "router:\n  tls:\n    certificate: /etc/tidegate/certificate.pem\n"
                    + "    elsewhere: the load balancer of this site ends TLS"),
            right: .environment("router: { tls: { elsewhere: the load balancer of this site ends TLS } }"),
            mustHold: true),
        .init(
            "router.reason", "Who leaves encryption to something else says to what.",
            "An exception without a reason outlives its reason.",
            wrong: .environment("router: { tls: { elsewhere: proxy } }"),
            right: .environment("router: { tls: { elsewhere: the load balancer of this site ends TLS } }")),
        .init(
            "router.warning-order", "The warning comes before the critical alert.",
            "The first word about a certificate's end would come at night.",
            wrong: .environment("router: { tls: { certificate: site.pem, warn: 3d } }"),
            right: .environment("router: { tls: { certificate: site.pem, warn: 14d, critical: 3d } }")),
    ]
}
