import Crypto
import Foundation
import HTTPClient

/// Sends documents at a constant rate, as users do: announced first, then their bytes to the address that they were given.
/// No two are alike.
package struct DocumentLoad: Sendable {
    package struct Report: Codable, Sendable {
        package var sent = 0
        /// Beyond a user's limits, which a load with too few users meets.
        package var refused = 0
        package var failed = 0
        /// How often each failure came, in words.
        package var failures: [String: Int] = [:]
    }

    private enum Outcome {
        case sent, refused
        case failed(String)
        /// The load ended meanwhile.
        case abandoned
    }

    private struct Announced: Decodable {
        var signed_url: String
    }

    private let url: String
    private let tokens: [String]
    private let rate: Int
    private let seconds: Int
    private let run: UInt32

    /// - Parameters:
    ///   - url: the API's address, without a slash at its end.
    ///   - tokens: at least one; used in turn.
    ///   - rate: documents a second.
    ///   - run: tells the documents of this load from every other's.
    package init(url: String, tokens: [String], rate: Int, seconds: Int, run: UInt32) {
        self.url = url
        self.tokens = tokens
        self.rate = rate
        self.seconds = seconds
        self.run = run
    }

    /// Ends early, with what was sent so far, when the task is cancelled.
    package func send() async -> Report {
        let http = HTTPClient(name: "documents")
        defer { http.close() }
        let start = ContinuousClock.now
        return await withTaskGroup(of: Outcome.self) { group in
            for number in 0..<(rate * seconds) {
                let due = start + .seconds(1) * number / rate
                do { if due > .now { try await Task.sleep(until: due, clock: .continuous) } } catch { break }
                group.addTask { await send(number, http) }
            }
            return await group.reduce(into: Report()) { report, outcome in
                switch outcome {
                case .sent: report.sent += 1
                case .refused: report.refused += 1
                case .failed(let why):
                    report.failed += 1
                    report.failures[why, default: 0] += 1
                case .abandoned: break
                }
            }
        }
    }

    private func send(_ number: Int, _ http: HTTPClient) async -> Outcome {
        let document = Self.document(number, of: run)
        let digest = SHA256.hash(data: document).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        let body = """
            {"filename":"load-\(number).pdf","bytes_len":\(document.count),"mime":"application/pdf","sha256":"\(digest)"}
            """
        do {
            let announced = try await http.send(
                HTTPRequest(
                    "POST", "\(url)/api/v2/upload",
                    headers: [
                        (name: "Authorization", value: "Bearer \(tokens[number % tokens.count])"),
                        (name: "Content-Type", value: "application/json"),
                    ], body: .bytes(Array(body.utf8))))
            guard announced.status != 429 else { return .refused }
            guard announced.status == 200 else { return .failed("announcing was answered with \(announced.status)") }
            let address = try JSONDecoder().decode(Announced.self, from: Data(announced.body)).signed_url
            let stored = try await http.send(
                HTTPRequest(
                    "PUT", address, headers: [(name: "Content-Type", value: "application/pdf")],
                    body: .bytes(document)))
            return stored.status == 204 ? .sent : .failed("sending was answered with \(stored.status)")
        } catch {
            return Task.isCancelled ? .abandoned : .failed("\(error)")
        }
    }

    /// A PDF of one page (ISO 32000-1). Its text is always as long, so that the table of offsets is right for every one.
    static func document(_ number: Int, of run: UInt32) -> [UInt8] {
        let text = "Document \(digits(number % 100_000_000, 10)) of load \(digits(Int(run), 16))"
        return Array(
            """
            %PDF-1.4
            1 0 obj
            << /Type /Catalog /Pages 2 0 R >>
            endobj
            2 0 obj
            << /Type /Pages /Kids [3 0 R] /Count 1 >>
            endobj
            3 0 obj
            << /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>
            endobj
            4 0 obj
            << /Length 65 >>
            stream
            BT /F1 12 Tf 72 720 Td (\(text)) Tj ET
            endstream
            endobj
            5 0 obj
            << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>
            endobj
            xref
            0 6
            0000000000 65535 f\r
            0000000009 00000 n\r
            0000000058 00000 n\r
            0000000115 00000 n\r
            0000000241 00000 n\r
            0000000356 00000 n\r
            trailer << /Size 6 /Root 1 0 R >>
            startxref
            426
            %%EOF

            """.utf8)
    }

    /// Eight digits.
    private static func digits(_ value: Int, _ radix: Int) -> String {
        let text = String(value, radix: radix)
        return String(repeating: "0", count: 8 - text.count) + text
    }
}
