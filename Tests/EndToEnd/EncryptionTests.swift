import Foundation
import HTTPClient
import TestSupport
import Testing

extension Stack {
    /// Gives dev's router a certificate.
    func encrypt(with certificate: String) throws {
        try rewrite("environments/dev.yaml") { $0 + "\nrouter: { tls: { certificate: \"\(certificate)\" } }\n" }
    }

    fileprivate func encryption() async throws -> EncryptionStatus {
        let result = try await tidegate("status", "dev", "--json")
        return try JSONDecoder().decode(EncryptionStatus.self, from: Data(result.output.utf8))
    }

    /// Waits until status says so; what it said last is in the failure.
    fileprivate func expectStatus(
        _ what: String, sourceLocation: SourceLocation = #_sourceLocation,
        _ holds: @escaping @Sendable (EncryptionStatus) -> Bool
    ) async throws {
        let isSo = await eventually(within: .seconds(60)) { (try? await self.encryption()).map(holds) ?? false }
        let last = isSo ? "" : "\(try await encryption())"
        #expect(isSo, "\(what): \(last)", sourceLocation: sourceLocation)
    }
}

private struct EncryptionStatus: Decodable, Sendable {
    struct Certificate: Decodable, Sendable {
        var names: [String]
        var serial: String?
        var days_left: Int?
        var problem: String?
    }

    struct Service: Decodable, Sendable {
        var name: String
        var url: String?
    }

    struct Alert: Decodable, Sendable {
        var name: String
        var severity: String
        var summary: String
        var runbook: String
    }

    var state: String
    var release: String?
    var services: [Service]
    var certificates: [Certificate]
    var alerts: [Alert]

    func alert(_ name: String) -> Alert? { alerts.first { $0.name == name } }
}

extension EndToEnd {
    @Suite struct `An environment with a certificate` {
        @Test func `is rolled out, proved, taken back and given new certificates, and loses no request`() async throws {
            let made = try TestCertificates()
            for name in ["site", "next", "third"] { try await made.make(name, names: ["localhost"]) }
            try made.folder.write("all.crt", try ["site", "next", "third"].map { try made.text("\($0).crt") }.joined())
            let prepare = { (stack: Stack) in
                try stack.hasten()
                try stack.encrypt(with: made.path("site.pem"))
            }
            try await Stack.with(prepare: prepare) { stack in
                try await stack.lightlySteady()
                let url = try await stack.encryption().services.first { $0.name == "api" }?.url
                #expect(url == "https://localhost:\(stack.apiPort)")
                try await expectReturn(to: "https://localhost:\(stack.apiPort)", trusting: made.path("all.crt"))
                let traffic = try TLSTraffic(
                    port: stack.apiPort, name: "localhost", path: "/test/upload", threads: 4,
                    authorities: made.path("all.crt"))
                #expect(try await stack.lightRelease("v2", set: ["UPLOAD_PIPELINE_LOG_LEVEL=debug"]).exit == 0)

                // In the middle of a rollout.
                let rollout = try stack.start(["rollout", "dev", "--release", "v2", "--yes", "--json"])
                #expect(await eventually { (try? rollout.output.contains("weights_shifted")) ?? false })
                try put("next.pem", made)
                let followed = stack.followed(try await rollout.result())
                #expect(followed.finished?.outcome == "succeeded", "\(followed)")
                try await expectServed("next", made, traffic, stack)
                #expect(try await stack.tidegate("smoke", "dev").exit == 0)

                let rollback = try await stack.tidegate("rollback", "dev", "--reason", "a test", "--yes")
                #expect(rollback.exit == 0, "\(rollback.output)\(rollback.errors)")
                let alerts = try await stack.tidegate("alerts", "list", "dev", "--json")
                #expect(alerts.exit == 0 && !alerts.output.contains("ServiceDown"), "\(alerts.output)")
                try put("third.pem", made)
                try await expectServed("third", made, traffic, stack)
                let seen = try traffic.end()
                #expect(seen.keys.filter { $0.hasPrefix("failed") } == [], "\(seen)")
                #expect(try await stack.encryption().release == "v1")
            }
        }

        /// Browsers are told to come back encrypted.
        private func expectReturn(to base: String, trusting authorities: String) async throws {
            let http = HTTPClient(name: "test")
            defer { http.close() }
            let limits = HTTPRequest("GET", "\(base)/api/v2/upload/limits", certificateAuthorities: authorities)
            #expect(try await http.send(limits).header("Strict-Transport-Security") != nil)
        }

        /// In the place of what the environment names, at once.
        private func put(_ name: String, _ made: TestCertificates) throws {
            try FileManager.default.copyItem(atPath: made.path(name), toPath: made.path("moving"))
            #expect(rename(made.path("moving"), made.path("site.pem")) == 0)
        }

        private func expectServed(
            _ name: String, _ made: TestCertificates, _ traffic: TLSTraffic, _ stack: Stack
        ) async throws {
            let serial = try await made.shown("\(name).crt", "-serial").dropFirst("serial=".count).lowercased()
            try await stack.expectStatus(name) { $0.certificates.first?.serial == serial }
            let isShown = await eventually(within: .seconds(60)) {
                ((try? traffic.counted()) ?? [:])["answered \(serial)", default: 0] > 50
            }
            #expect(isShown, "\(name)")
        }

        @Test func `raises alerts before its certificate ends and when a new one would not do, and ends them by facts`()
            async throws
        {
            let made = try TestCertificates()
            for (name, names, days) in [
                ("site", "localhost", 90), ("soon", "localhost", 20), ("sooner", "localhost", 3),
                ("ended", "localhost", -1),
                ("other", "elsewhere.example", 90), ("good", "localhost", 60),
            ] { try await made.make(name, names: [names], days: days) }
            let prepare = { (stack: Stack) in
                try stack.hasten()
                try stack.encrypt(with: made.path("site.pem"))
            }
            try await Stack.with(prepare: prepare) { stack in
                try await stack.lightlySteady()
                try await stack.expectStatus("nothing") { $0.certificates.first?.days_left == 89 && $0.alerts.isEmpty }
                try put("soon.pem", made)
                try await stack.expectStatus("soon") { $0.alert("CertificateExpiring")?.severity == "warning" }
                let look = try await stack.tidegate("validate", "dev", "--preflight")
                #expect(look.exit == 0 && look.output.contains("for 19 more days"), "\(look.output)")
                try put("sooner.pem", made)
                try await stack.expectStatus("sooner") {
                    $0.alert("CertificateExpiring")?.severity == "critical"
                        && $0.alert("CertificateExpiring")?.runbook == "runbooks/certificate-expiring.md"
                }
                for (name, word) in [("other", "not for localhost"), ("ended", "renew it")] {
                    try put("\(name).pem", made)
                    try await stack.expectStatus(name) {
                        $0.certificates.first?.problem?.contains(word) == true && $0.certificates.first?.days_left == 2
                            && $0.alert("CertificateInvalid") != nil
                    }
                }
                let refused = try await stack.tidegate("validate", "dev", "--preflight")
                #expect(refused.exit == 4 && refused.output.contains("it ended"), "\(refused.output)")
                #expect(!refused.output.contains("another port"), "\(refused.output)")
                // It can be neither rolled out, nor does it keep anybody from going back.
                #expect(try await stack.lightRelease("v2", set: ["UPLOAD_PIPELINE_LOG_LEVEL=debug"]).exit == 0)
                try await stack.untouched {
                    let refused = try await stack.tidegate("rollout", "dev", "--release", "v2", "--yes")
                    #expect(refused.exit == 4, "\(refused.errors)")
                    let said = refused.output + refused.errors
                    #expect(said.contains("\(made.path("site.pem")): it ended"), "\(said)")
                }
                try put("good.pem", made)
                try await stack.expectStatus("good") { $0.alerts.isEmpty && $0.certificates.first?.problem == nil }
            }
        }
    }
}
