import Definitions
import Platforms
import Rollouts
import Testing

struct `HAProxy's configuration` {
    private func desired(_ entrance: Entrance?) -> DesiredTraffic {
        var desired = DesiredTraffic()
        let arm = TrafficSplit.Arm(
            bundle: digest("a"), release: "v1", percent: 100, instances: [.init(id: "api-1", port: 4001)])
        desired.services["api"] = .init(
            split: TrafficSplit(
                environment: "dev", service: "api", port: 8200, entrance: entrance, sharePath: nil,
                readinessPath: "/health", arms: [arm]))
        return desired
    }

    private func lines(_ entrance: Entrance?) -> [String] {
        HAProxyConfiguration(desired(entrance)).text.split(separator: "\n").map(String.init)
    }

    @Test func `lets clients in without encryption where none is asked for`() {
        let text = lines(nil)
        #expect(text.contains("    bind 127.0.0.1:8200"))
        #expect(!text.contains { $0.contains("ssl") || $0.contains("X-Forwarded-Proto") })
    }

    /// What is rendered for a certificate, to the letter.
    @Test func `with a certificate is this`() {
        let text = lines(Entrance(bind: "*", certificate: "/etc/tidegate/site.pem"))
        let begin = text.firstIndex { $0.hasPrefix("frontend ") } ?? 0
        let end = text.firstIndex { $0.hasPrefix("backend ") } ?? 0
        #expect(
            text[begin..<end].filter { !$0.contains("log-format") } == [
                "frontend f.api",
                "    bind *:8200 ssl crt-list certificates/aab38675725c.list alpn h2,http/1.1",
                "    http-request set-header X-Forwarded-Proto https",
                "    http-request disable-l7-retry unless { method GET HEAD OPTIONS }",
                "    http-request set-var(txn.quiet) str(1) if { req.hdr(X-Tidegate-Smoke) -m found }",
                "    http-request set-var(proc.key) uuid() unless { var(proc.key) -m found }",
                "    http-request set-var(txn.client) src",
                "    http-request set-var(txn.client) req.fhdr(X-Forwarded-For),concat(|,txn.client)",
                "    http-request set-var(txn.client) var(txn.client),concat(|,proc.key),sha2(256),bytes(0,8),hex",
                "    default_backend b.api",
            ])
        #expect(
            text.filter { $0.contains("ssl-default") } == [
                "    ssl-default-bind-options ssl-min-ver TLSv1.2 no-tls-tickets",
                "    ssl-default-bind-ciphersuites TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256",
                "    ssl-default-bind-ciphers ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:"
                    + "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:"
                    + "ECDHE-RSA-CHACHA20-POLY1305",
            ])
    }

    @Test func `tells testers apart where that is asked for, by a map of its own`() {
        #expect(!lines(Entrance()).contains { $0.contains("txn.tester") })
        let text = lines(Entrance(testers: TesterDefinition(.cookie, name: "release")))
        #expect(text.contains("    http-request set-var(txn.tester) req.cook(release),map(testers-b.api.map)"))
        #expect(text.contains("    use-server %[var(txn.tester)] if { var(txn.tester) -m found }"))
    }

    @Test func `needs a reload for another certificate's path, and none for other servers`() {
        let site = Entrance(certificate: "/etc/tidegate/site.pem")
        var other = desired(site)
        other.services["api"]?.split.arms[0].instances[0].port = 4002
        #expect(HAProxyConfiguration(desired(site)).frontends == HAProxyConfiguration(other).frontends)
        for changed in [
            nil, Entrance(certificate: "/etc/tidegate/other.pem"), Entrance(bind: "*", certificate: site.certificate),
        ] {
            #expect(HAProxyConfiguration(desired(site)).frontends != HAProxyConfiguration(desired(changed)).frontends)
        }
    }
}
