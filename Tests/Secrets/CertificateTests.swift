import Foundation
import Secrets
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(2))) struct `A certificate` {
    private let made: TestCertificates
    /// After what the test makes has begun.
    private let now = Int64(Date.now.timeIntervalSince1970) + 60

    init() throws { made = try TestCertificates() }

    private func facts(_ name: String) throws -> CertificateFacts { try CertificateFacts(pem: try made.text(name)) }

    @Test(arguments: [TestCertificates.KeyKind.ec, .rsa])
    func `says its names, its end, its serial number and whose key it has, as openssl does`(
        _ key: TestCertificates.KeyKind
    ) async throws {
        try await made.make(
            "site", names: ["Docs.example.com", "*.example.org", "127.0.0.1", "::1"], days: 30, key: key)
        let facts = try facts("site.pem")
        #expect(facts.names == ["docs.example.com", "*.example.org", "127.0.0.1", "0:0:0:0:0:0:0:1"])
        #expect(facts.isSelfSigned && facts.keyMatches == true && facts.count == 1)
        #expect("serial=\(facts.serial.uppercased())" == (try await made.shown("site.crt", "-serial")))
        let printed = try await made.shown("site.crt", "-fingerprint").filter { $0 != ":" }.lowercased()
        #expect(printed.hasSuffix("=\(facts.fingerprint)"))
        #expect(facts.daysLeft(at: now) == 29 && abs(facts.notBefore - now) < 600)
        #expect(facts.obstacle(at: now) == nil)
    }

    @Test func `is refused when it ended, has not begun, or names nobody`() async throws {
        try await made.make("old", names: ["a.example"], days: -1)
        let old = try facts("old.pem")
        #expect(old.obstacle(at: now)?.contains("ended on \(CertificateFacts.day(old.notAfter)): renew it") == true)
        #expect(old.daysLeft(at: now) == -1 || old.daysLeft(at: now) == -2)
        try await made.make("site", names: ["a.example"])
        #expect(try facts("site.pem").obstacle(at: now - 86_400)?.contains("begins on") == true)
        try await made.make("nobody", names: [])
        #expect(try facts("nobody.pem").obstacle(at: now)?.contains("names no host") == true)
    }

    @Test func `is refused without its own key, and the sentence tells which kind of mistake it is`() async throws {
        try await made.make("root", names: [], isAuthority: true)
        try await made.make("site", names: ["a.example"], signer: "root")
        try await made.make("other", names: ["b.example"])
        let (site, root, key) = (try made.text("site.crt"), try made.text("root.crt"), try made.text("site.key"))
        func obstacle(_ text: String) throws -> String? { try CertificateFacts(pem: text).obstacle(at: now) }

        #expect(try obstacle(site + root + key) == nil)
        #expect(try obstacle(key + site) == nil)
        #expect(try obstacle(site)?.contains("no private key") == true)
        #expect(try obstacle(site + made.text("other.key"))?.contains("belongs to another certificate") == true)
        #expect(try obstacle(root + site + key)?.contains("belongs to certificate number 2") == true)
        #expect(try obstacle(site + made.text("other.crt") + key)?.contains("number 2 did not sign") == true)
    }

    @Test func `that signed nothing is told from one of the same name that did`() async throws {
        try await made.make("root", names: [], isAuthority: true)
        try await made.make("site", names: ["a.example"], signer: "root")
        let (site, key) = (try made.text("site.crt"), try made.text("site.key"))
        try await made.make("root", names: [], isAuthority: true)
        #expect(try CertificateFacts(pem: site + made.text("root.crt") + key).brokenLink == 2)
    }

    @Test func `that cannot be read is an error without its content`() async throws {
        try await made.make("site", names: ["a.example"])
        let (site, key) = (try made.text("site.crt"), try made.text("site.key"))
        func error(_ text: String) -> CertificateError? {
            do {
                _ = try CertificateFacts(pem: text)
                return nil
            } catch { return error }
        }
        #expect(error("") == .noCertificate)
        #expect(error(key) == .noCertificate)
        #expect(error(site + key + key) == .twoKeys)
        try await made.openssl([
            "pkey", "-in", made.path("site.key"), "-aes256", "-passout", "pass:x", "-out", made.path("locked.key"),
        ])
        #expect(error(site + (try made.text("locked.key"))) == .encryptedKey)
        let lines = key.split(separator: "\n")
        for broken in [
            site + key.replacing(lines[1].suffix(20), with: "AAAA"), site.replacing("-----END", with: "----END"),
            String(site.dropLast(60)), site.replacing("MII", with: "AII"), site + key.dropLast(100),
        ] {
            let found = try #require(error(broken))
            for line in lines.dropFirst().dropLast() { #expect(!"\(found)".contains(line.prefix(16))) }
        }
    }

    @Test(arguments: [
        ("docs.example.com", true), ("DOCS.example.com", true), ("a.example.org", true), ("a.b.example.org", false),
        ("example.org", false), (".example.org", false), ("xexample.org", false), ("docs.example.com.evil", false),
    ])
    func `covers the names that a client would accept it for`(_ host: String, _ isCovered: Bool) async throws {
        try await made.make("site", names: ["docs.example.com", "*.example.org"])
        #expect(try facts("site.pem").covers(host) == isCovered)
    }
}

@Suite(.timeLimit(.minutes(2))) struct `A certificate's file` {
    private let made: TestCertificates
    private let now = Int64(Date.now.timeIntervalSince1970) + 60

    init() throws { made = try TestCertificates() }

    private func usable(_ path: String, names: [String] = []) throws(CertificateFileError) -> [CertificateFile] {
        try CertificateFile.usable(path, names: names, at: now)
    }

    private func reason(_ path: String, names: [String] = []) -> String {
        do {
            _ = try usable(path, names: names)
            return ""
        } catch { return error.reason }
    }

    @Test func `is given whole, without the text between its blocks, and hides its key`() async throws {
        let path = try await made.make("site", names: ["a.example"])
        let file = try #require(try usable(path).first)
        #expect(file.name == "site" && file.path == path)
        #expect(file.reveal() == (try made.text("site.pem")))
        #expect(!"\(file)".contains("PRIVATE"))
        try made.folder.write("noted.pem", "a note\n\n\(try made.text("site.pem"))\n\nanother\n")
        try FileManager.default.setAttributes([.posixPermissions: 0o640], ofItemAtPath: made.path("noted.pem"))
        #expect(try usable(made.path("noted.pem")).first?.reveal() == file.reveal())
    }

    @Test func `may be a folder, with keys in it or beside`() async throws {
        try await made.make("b", names: ["b.example"])
        try await made.make("a", names: ["a.example"])
        for name in ["a", "b"] {
            try made.folder.write("both/\(name).pem", try made.text("\(name).crt"))
            try made.folder.write("both/\(name).pem.key", try made.text("\(name).key"))
            try FileManager.default.setAttributes(
                [.posixPermissions: 0o600], ofItemAtPath: made.path("both/\(name).pem.key"))
        }
        try made.folder.write("both/README", "nothing")
        #expect(try usable(made.path("both"), names: ["a.example", "b.example"]).map(\.name) == ["a", "b"])
        #expect(reason(made.path("both"), names: ["c.example"]).contains("not for c.example"))

        try made.folder.write("live/fullchain.pem", try made.text("a.crt"))
        try made.folder.write("live/privkey.pem", try made.text("a.key"))
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: made.path("live/privkey.pem"))
        #expect(try usable(made.path("live")).map(\.facts.names) == [["a.example"]])
    }

    @Test func `is refused when it is missing, empty of certificates, or open to others`() async throws {
        let path = try await made.make("site", names: ["a.example"])
        #expect(reason(made.path("nowhere.pem")).contains("no such file"))
        try made.folder.write("empty/README", "")
        #expect(reason(made.path("empty")).contains("no file that ends in `.pem`"))
        #expect(reason(made.path("site.crt")).contains("no private key"))
        for mode in [0o644, 0o660, 0o604] {
            try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
            #expect(reason(path).contains("chmod 600 \(path)"))
        }
    }
}
