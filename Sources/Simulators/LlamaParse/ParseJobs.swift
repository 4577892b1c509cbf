import Foundation
import Logging
import Subprocess
import Synchronization

/// Documents that are being parsed, and their results, as files: a restart of the stand-in loses none.
final class ParseJobs: Sendable {
    struct Result: Codable {
        var markdown: String
        var pages: Int
        /// Why there is no Markdown, if there is none.
        var failure: String?
    }

    /// What was asked for beside the document; a restart of the stand-in forgets it.
    struct Order {
        var webhook: ParseWebhooks.Target?
        /// No more pages than these are read.
        var mostPages: Int?
    }

    private static let canned = Result(markdown: "# Policy\n\nIt covers floods.\n", pages: 1)

    private let folder: String
    private let logger: Logger
    private let running = Mutex<Set<String>>([])
    private let webhooks: ParseWebhooks
    private let orders = Mutex<[String: Order]>([:])

    init(folder: String, webhooks: ParseWebhooks, logger: Logger) {
        self.webhooks = webhooks
        self.folder = folder
        self.logger = logger
    }

    func start(_ id: String, pdf: Data, _ order: Order) throws {
        orders.withLock { $0[id] = order }
        try pdf.write(to: URL(fileURLWithPath: document(id)), options: .atomic)
        begin(id)
    }

    /// In LlamaParse's words; nil when there is no such job.
    func status(_ id: String) throws -> String? {
        guard UUID(uuidString: id) != nil else { return nil }
        if let ended = try ended(id) { return ended }
        // It ends by writing its result, and removes the document after: without one it may have ended just now.
        guard FileManager.default.fileExists(atPath: document(id)) else { return try ended(id) }
        begin(id)
        return "PENDING"
    }

    private func ended(_ id: String) throws -> String? {
        try result(id).map { $0.failure == nil ? "SUCCESS" : "ERROR" }
    }

    func result(_ id: String) throws -> Result? {
        guard UUID(uuidString: id) != nil, FileManager.default.fileExists(atPath: answer(id)) else { return nil }
        return try JSONDecoder().decode(Result.self, from: Data(contentsOf: URL(fileURLWithPath: answer(id))))
    }

    /// Parses in the background, unless that is under way already.
    private func begin(_ id: String) {
        guard running.withLock({ $0.insert(id).inserted }) else { return }
        Task {
            do {
                let faults = webhooks.board.faults(of: .llamaparse)
                try await Task.sleep(for: .milliseconds(faults.parse_ms))
                let most = orders.withLock { $0[id]?.mostPages }
                let result =
                    faults.parse_canned ? Self.canned : try await PDFText.markdown(of: document(id), mostPages: most)
                try JSONEncoder().encode(result).write(to: URL(fileURLWithPath: answer(id)), options: .atomic)
                try FileManager.default.removeItem(atPath: document(id))
            } catch {
                logger.error("A document cannot be parsed.", metadata: ["job": "\(id)", "reason": "\(error)"])
            }
            running.withLock { _ = $0.remove(id) }
            await tell(id)
        }
    }

    private func tell(_ id: String) async {
        guard let target = orders.withLock({ $0.removeValue(forKey: id)?.webhook }) else { return }
        do {
            guard let status = try status(id) else { return }
            await webhooks.tell(target, job: id, status: status)
        } catch { logger.error("A webhook cannot be sent.", metadata: ["job": "\(id)", "reason": "\(error)"]) }
    }

    private func document(_ id: String) -> String { "\(folder)/\(id.lowercased()).pdf" }
    private func answer(_ id: String) -> String { "\(folder)/\(id.lowercased()).json" }
}

/// What poppler's `pdftotext` reads from a PDF, as Markdown.
enum PDFText {
    static let maximumText = 64 << 20

    /// - Parameter mostPages: how many pages are read; nil for all.
    static func markdown(of path: String, mostPages: Int? = nil) async throws -> ParseJobs.Result {
        let last = mostPages.map { ["-l", "\($0)"] } ?? []
        let process = try await Subprocess.run(
            .name("pdftotext"), arguments: .init(last + ["-layout", "-enc", "UTF-8", path, "-"]),
            output: .string(limit: maximumText), error: .string(limit: 1 << 16))
        let text = process.standardOutput
        guard process.terminationStatus.isSuccess else {
            return .init(markdown: "", pages: 0, failure: process.standardError)
        }
        // pdftotext ends every page with a form feed.
        return .init(markdown: MarkdownWriter.markdown(text), pages: max(1, text.count { $0 == "\u{0C}" }))
    }
}
