import API
import Documents
import Foundation
import HTTPClient
import Storage
import TestSupport
import Testing

/// What nobody sends by mistake. TIDEGATE_HOSTILE asks for more of it than a run of the tests needs.
@Suite(.timeLimit(.minutes(10))) struct `Hostile requests` {
    private static let count = ProcessInfo.processInfo.environment["TIDEGATE_HOSTILE"].flatMap { Int($0) } ?? 300

    @Test func `malformed uploads, tokens and webhooks are 4xx, never 500, and memory stays flat`() async throws {
        let server = try await PipelineProcess.start([
            "MAX_REQUESTS_PER_HOUR_PER_USER": "100000000", "MAX_CONCURRENT_JOBS_PER_USER": "1000000",
            "MAX_UPLOADS_PER_DAY_PER_USER": "1000000",
        ])
        var random = SplitMix(seed: 1)
        let token = try await server.token()
        let job = try await server.announce(sha256: String(repeating: "a", count: 64), token: token)
        var statuses: [Int: Int] = [:]
        var early = 0
        for number in 0..<Self.count {
            if number == Self.count / 3 { early = try server.residentKilobytes() }
            let request = Hostile.request(&random, base: server.base, token: token, job: job)
            let response = try await server.http.send(request)
            statuses[response.status, default: 0] += 1
            if !(400..<500).contains(response.status) {
                Issue.record("\(request.method) \(request.url) gave \(response.status): \(response.text.prefix(300))")
            }
        }
        let late = try server.residentKilobytes()
        print("hostile: \(Self.count) requests, \(statuses.sorted { $0.key < $1.key }), \(early) kB → \(late) kB")
        #expect(late - early < 16_384, "it grew from \(early) kB to \(late) kB")
        #expect(statuses[401] != nil && statuses[422] != nil)
        try await server.stop()
    }
}

/// Requests of which none is right.
enum Hostile {
    static func request(_ random: inout SplitMix, base: String, token: String, job: String) -> HTTPRequest {
        switch random.next() % 5 {
        case 0: upload(&random, base, token)
        case 1: bearer(&random, base, token)
        case 2: webhook(&random, base, job)
        case 3: signedAddress(&random, base, job)
        default: path(&random, base, token)
        }
    }

    private static func upload(_ random: inout SplitMix, _ base: String, _ token: String) -> HTTPRequest {
        let good =
            #"{"filename":"a.pdf","bytes_len":3,"mime":"application/pdf","sha256":"\#(String(repeating: "b", count: 64))"}"#
        let bodies = [
            noise(&random), String(good.prefix(Int(random.next() % UInt64(good.count - 1)))), "[" + good + "]",
            good.replacing(":3", with: ":-3"), good.replacing(":3", with: ":1e400"), good.replacing(":3", with: ":3.5"),
            good.replacing(":3", with: ":\"3\""), good.replacing("a.pdf", with: "\\u0000\\u0007"),
            good.replacing("a.pdf", with: String(repeating: "é", count: 200)), good.replacing("bb", with: "B"),
            good.replacing("application/pdf", with: noise(&random).filter { $0.isLetter }),
            String(repeating: "[", count: 5000), String(repeating: #"{"a":"#, count: 3000), "null", "",
            good.replacing(":3", with: ":99999999999999999999"), good.replacing("sha256", with: "sha1"),
        ]
        return post("\(base)/api/v2/upload", pick(&random, bodies), [("Authorization", "Bearer \(token)")])
    }

    private static func bearer(_ random: inout SplitMix, _ base: String, _ token: String) -> HTTPRequest {
        var mangled = Array(token.utf8)
        mangled[Int(random.next() % UInt64(mangled.count))] ^= 1
        let parts = token.split(separator: ".").map(String.init)
        let tokens = [
            String(decoding: mangled, as: UTF8.self).filter { $0.isASCII && !$0.isNewline }, "a.b.c", "..", "tgk_",
            "tgk_" + noise(&random).filter { $0.isLetter },
            "\(parts[0]).\(parts[1]).", "\(parts[0])..\(parts[2])", String(repeating: "x", count: 9000),
            Data(noise(&random).utf8).base64EncodedString() + "." + parts[1] + "." + parts[2],
            "eyJhbGciOiJub25lIn0.\(parts[1]).",
        ]
        let url = pick(&random, ["/api/v2/jobs", "/api/v2/auth/me", "/api/v2/users", "/api/v2/auth/keys"])
        return HTTPRequest(
            "GET", base + url, headers: [(name: "Authorization", value: "Bearer " + pick(&random, tokens))])
    }

    private static func webhook(_ random: inout SplitMix, _ base: String, _ job: String) -> HTTPRequest {
        let ids = [job, RandomBytes.uuid(), "x", "%00", "..%2f..", String(repeating: "9", count: 500)]
        let signature = pick(
            &random, ["", "sha256=", "sha256=" + String(repeating: "0", count: 64), "zz", "sha256=zz"])
        return post(
            "\(base)/api/v2/webhooks/llamaparse/\(pick(&random, ids))",
            pick(&random, [#"{"status":"SUCCESS"}"#, noise(&random), ""]),
            signature.isEmpty ? [] : [("X-Webhook-Signature", signature)])
    }

    private static func signedAddress(_ random: inout SplitMix, _ base: String, _ job: String) -> HTTPRequest {
        let expires = pick(
            &random, ["0", "-1", "9223372036854775807", "-9223372036854775808", "99999999999999999999", "x", "%00", ""])
        let signature = pick(
            &random, ["", "00", String(repeating: "f", count: 64), "%ff", "é".utf8.map { "%\($0)" }.joined()])
        return HTTPRequest(
            "PUT",
            "\(base)/api/v2/uploads/\(pick(&random, [job, "x", "%00"]))?expires=\(expires)&signature=\(signature)",
            headers: [(name: "Content-Type", value: "application/pdf")], body: .bytes(Array(noise(&random).utf8)))
    }

    private static func path(_ random: inout SplitMix, _ base: String, _ token: String) -> HTTPRequest {
        let paths = [
            "/api/v2/jobs/%00", "/api/v2/jobs/..", "/api/v2/jobs/%ff%fe", "/api/v2/jobs?state=king",
            "/api/v2/jobs?limit=1e9", "/api/v2/jobs?offset=99999999999999999999", "/api/v2/jobs/\(RandomBytes.uuid())",
            "/api/v2/nowhere", "/%2e%2e/%2e%2e/etc/passwd", "/api/v2/jobs?limit=%00",
        ]
        return HTTPRequest(
            pick(&random, ["GET", "GET", "DELETE", "PATCH"]), base + pick(&random, paths),
            headers: [(name: "Authorization", value: "Bearer \(token)")])
    }

    private static func post(_ url: String, _ body: String, _ headers: [(String, String)]) -> HTTPRequest {
        HTTPRequest(
            "POST", url,
            headers: [(name: "Content-Type", value: "application/json")] + headers.map { (name: $0.0, value: $0.1) },
            body: .bytes(Array(body.utf8)))
    }

    private static func pick(_ random: inout SplitMix, _ choices: [String]) -> String {
        choices[Int(random.next() % UInt64(choices.count))]
    }

    private static func noise(_ random: inout SplitMix) -> String {
        let bytes = (0..<Int(random.next() % 200)).map { _ in UInt8(truncatingIfNeeded: random.next()) }
        return String(decoding: bytes, as: UTF8.self)
    }
}
