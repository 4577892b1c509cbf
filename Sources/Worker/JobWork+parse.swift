import Documents
import FoundationEssentials
import Storage

extension JobWork {
    /// parse_queued → parsed → parse_validated: the provider turns the stored bytes into Markdown.
    mutating func parse() async throws {
        let path = try await file()
        let pages = try pages(of: path)
        let (lease, job) = (lease, job)
        try await commit { connection, now in
            let event = JobEvent(.stageStarted, code: JobStage.parse.rawValue)
            try JobCommits.note(lease, event, now: now, on: connection)
        }
        let purchase = purchase(.parse, sku: "llamaparse", estimate: pages)
        let parser = environment.parser
        let parsed = try await call(purchase) { () async throws(ProviderError) in
            try await parser.parse(
                path: path, filename: job.filename, correlationID: job.correlationID,
                deadline: ParseTimeout.limit(pages: pages))
        }
        if let refusal = refusal(of: parsed) {
            try await book(purchase, quantity: parsed.pages)
            throw refusal
        }
        self.job = try await commit(paying: purchase, quantity: parsed.pages) { connection, now in
            let contents = StoredParse(markdown: parsed.markdown, pages: parsed.pages)
            try JobCommits.advance(lease, to: .parsed, now: now, on: connection)
            try DocumentContents.store(contents, document: job.documentID, now: now, on: connection)
            let event = JobEvent(.stageDone, code: JobStage.parse.rawValue, detail: "\(parsed.pages) pages")
            return try JobCommits.advance(lease, to: .parseValidated, events: [event], now: now, on: connection)
        }
    }

    private func file() async throws -> String {
        let key = DocumentIdentity.objectKey(user: job.userID, document: job.documentID)
        do throws(ObjectStorageError) {
            return try await environment.objects.path(of: key)
        } catch {
            guard case .notFound = error else { throw StageError.environment(error) }
            throw failure(.parse, "file_missing", "The uploaded file is gone; upload it again.")
        }
    }

    private func pages(of path: String) throws -> Int {
        let pages: PDFPages
        do {
            pages = PDFPages.estimate(try Data(contentsOf: URL(filePath: path), options: .mappedIfSafe))
        } catch { throw StageError.environment(error) }
        guard case .counted(let count) = pages else { return min(pages.bound, environment.options.maximumPages) }
        guard count <= environment.options.maximumPages else { throw tooManyPages(count) }
        return count
    }

    private func tooManyPages(_ pages: Int) -> StageError {
        failure(
            .parse, "too_many_pages",
            "The document has \(pages) pages; \(environment.options.maximumPages) are allowed.")
    }

    private func refusal(of parsed: ParsedDocument) -> StageError? {
        if parsed.pages > environment.options.maximumPages { return tooManyPages(parsed.pages) }
        guard MarkdownChunker.chunks(of: parsed.markdown).isEmpty else { return nil }
        return failure(.parse, "no_text", "No text was found in the document; if it is scanned, upload it with ocr.")
    }
}
