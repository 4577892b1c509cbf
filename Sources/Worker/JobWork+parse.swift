import Documents
import FoundationEssentials
import Ledger
import Storage

extension JobWork {
    /// parse_queued → parsed → parse_validated: the provider turns the stored bytes into Markdown.
    ///
    /// A document that is parsed soon is waited for. A longer one is left with the provider, and its job given back, until
    /// the provider's webhook comes or it is time to ask again.
    mutating func parse() async throws {
        let known = try await outstanding()
        let request = if let known { known } else { try await submit() }
        let purchase = JobPurchase(
            job: job, lease: lease, stage: .parse, number: purchases, sku: Self.parsing, estimate: request.pages,
            key: request.paymentKey)
        let parsed = try await collect(request, purchase)
        if let refusal = refusal(of: parsed, for: request) {
            try await book(purchase, quantity: parsed.pages)
            throw refusal
        }
        let (lease, job) = (lease, job)
        self.job = try await commit(paying: purchase, quantity: parsed.pages) { connection, now in
            let contents = StoredParse(markdown: parsed.markdown, pages: parsed.pages)
            try JobCommits.advance(lease, to: .parsed, now: now, on: connection)
            try DocumentContents.store(contents, document: job.documentID, now: now, on: connection)
            try ParseRequests.remove(job: job.id, on: connection)
            let event = JobEvent(.stageDone, code: JobStage.parse.rawValue, detail: "\(parsed.pages) pages")
            return try JobCommits.advance(lease, to: .parseValidated, events: [event], now: now, on: connection)
        }
    }

    private static let parsing = "llamaparse"
    /// For so long not all of the parser's servers need know a ticket that one of them gave out.
    private static let ticketSettles = Duration.seconds(60)

    // MARK: Sending it

    private mutating func submit() async throws -> ParseRequest {
        let path = try await file()
        defer { environment.objects.release(path) }
        let order = ParseOrder(
            path: path, filename: job.filename, correlationID: job.correlationID, mostPages: try mostPages(of: path),
            ocr: job.ocr, webhook: environment.webhook(for: job))
        let (lease, parser, environment) = (lease, environment.parser, environment)
        try await commit { connection, now in
            let event = JobEvent(.stageStarted, code: JobStage.parse.rawValue)
            try JobCommits.note(lease, event, now: now, on: connection)
        }
        let limit = ParseTimeout.limit(pages: order.mostPages)
        if environment.options.parsesTwice { try await parseForNothing(order, limit) }
        let purchase = purchase(.parse, sku: Self.parsing, estimate: order.mostPages)
        let ticket = try await call(purchase) { () async throws(ProviderError) in
            try await parser.submit(order, limit: limit)
        }
        let now = environment.now()
        let request = ParseRequest(
            ticket: ticket, paymentKey: purchase.key, pages: order.mostPages, heldAt: now, submittedAt: now,
            deadline: now + limit.microseconds)
        try await commit { connection, _ in try ParseRequests.store(request, lease, on: connection) }
        return request
    }

    /// A drill: nobody looks at the result, and it costs what a result costs.
    private mutating func parseForNothing(_ order: ParseOrder, _ limit: Duration) async throws {
        let parser = environment.parser
        var order = order
        order.webhook = nil
        let purchase = purchase(.parse, sku: Self.parsing, estimate: order.mostPages)
        _ = try await call(purchase) { [order] () async throws(ProviderError) in
            try await parser.submit(order, limit: limit)
        }
        // As many as there seem to be: one less than were allowed for.
        try await book(purchase, quantity: order.mostPages - 1)
    }

    private func file() async throws -> String {
        let key = DocumentIdentity.objectKey(user: job.userID, document: job.documentID)
        do throws(ObjectStorageError) {
            return try await environment.objects.path(of: key)
        } catch {
            guard case .notFound = error else { throw StageError.environment(error) }
            throw failure(
                .parse, "file_missing", "The uploaded file is gone; delete the document and upload it again.")
        }
    }

    /// How many pages the parser may read: one more than the document seems to have. When it reads that many, there are pages
    /// that could not be seen before, and nobody has paid for them.
    private func mostPages(of path: String) throws -> Int {
        let pages: PDFPages
        do {
            pages = PDFPages.estimate(try Data(contentsOf: URL(filePath: path), options: .mappedIfSafe))
        } catch { throw StageError.environment(error) }
        let most = environment.options.maximumPages
        if case .counted(let count) = pages, count > most { throw tooManyPages(count) }
        return min(pages.bound, most) + 1
    }

    // MARK: Getting it back

    /// What a worker before this one has sent. A hold that may end before the result is paid for is made anew.
    private mutating func outstanding() async throws -> ParseRequest? {
        let (lease, job) = (lease, job)
        guard var request = try await environment.database.read({ try ParseRequests.find(job: job.id, on: $0) }) else {
            return nil
        }
        let now = environment.now()
        guard now - request.heldAt > environment.options.holdIsFresh.microseconds else { return request }
        let old = request.paymentKey
        let purchase = purchase(.parse, sku: Self.parsing, estimate: request.pages)
        try await environment.payments.hold(purchase)
        (request.paymentKey, request.heldAt) = (purchase.key, now)
        let (renewed, payments) = (request, environment.payments)
        try await commit { connection, now in
            try ParseRequests.store(renewed, lease, on: connection)
            try payments.giveBack(old, now: now, on: connection)
        }
        return request
    }

    /// Asks for the result at growing intervals, for a little while.
    private mutating func collect(_ request: ParseRequest, _ purchase: JobPurchase) async throws -> ParsedDocument {
        let clock = ContinuousClock()
        let end = clock.now + environment.options.parsePatience
        var pause = Duration.milliseconds(50)
        while true {
            if let parsed = try await ask(request, purchase) { return parsed }
            guard environment.now() < request.deadline else { throw try await giveUp(request, purchase) }
            guard clock.now + pause < end else { throw try await leave(request) }
            try await clock.sleep(for: pause)
            pause = min(pause * 3 / 2, .milliseconds(500))
        }
    }

    private mutating func ask(_ request: ParseRequest, _ purchase: JobPurchase) async throws -> ParsedDocument? {
        do throws(ProviderError) {
            return try await environment.parser.collect(
                request.ticket, correlationID: job.correlationID, limit: .seconds(60))
        } catch {
            if case .rejected(_, 404, _) = error { return try await missed(request, purchase) }
            let isCancelled = Task.isCancelled
            // What may pass is asked again by whoever has the job next; it is bought all the same.
            if !isCancelled, !error.isRetryable { try await end(purchase, isBilled: error.isBilled) }
            throw StageError.provider(error, stage: .parse, isCancelled: isCancelled)
        }
    }

    /// The parser does not know the ticket. Soon after it gave it out, asking again costs nothing; later the document is
    /// lost there, and is sent again as another attempt.
    private mutating func missed(_ request: ParseRequest, _ purchase: JobPurchase) async throws -> ParsedDocument? {
        guard environment.now() - request.submittedAt > Self.ticketSettles.microseconds else { return nil }
        try await end(purchase, isBilled: false)
        throw StageError.provider(
            .unavailable(provider: Self.parsing, detail: "it no longer knows the document that was sent to it"),
            stage: .parse, isCancelled: false)
    }

    private mutating func giveUp(_ request: ParseRequest, _ purchase: JobPurchase) async throws -> StageError {
        try await end(purchase, isBilled: false)
        let limit = Duration.microseconds(request.deadline - request.submittedAt)
        return StageError.provider(
            .timeout(provider: Self.parsing, seconds: limit.inSeconds), stage: .parse, isCancelled: false)
    }

    /// Nothing is to be had under this ticket any more. What is known to be billed is booked, as many pages as there seem to
    /// be; else what was set aside lapses, and is reported as unknown then.
    private mutating func end(_ purchase: JobPurchase, isBilled: Bool) async throws {
        let (lease, payments) = (lease, environment.payments)
        let cost = try await commit { connection, now in
            _ = try JobCommits.held(lease, on: connection)
            try ParseRequests.remove(job: lease.jobID, on: connection)
            return isBilled
                ? try payments.settle(purchase, quantity: purchase.estimate - 1, now: now, on: connection) : .zero
        }
        spent = spent + cost
    }

    private func leave(_ request: ParseRequest) async throws -> StageError {
        let lease = lease
        let until = environment.now() + environment.pause(afterWaits: request.waits).microseconds
        try await commit { connection, now in try ParseRequests.wait(lease, until: until, now: now, on: connection) }
        return .left
    }

    // MARK: What is refused

    private func tooManyPages(_ pages: Int) -> StageError {
        failure(
            .parse, "too_many_pages",
            "The document has \(pages) pages; \(environment.options.maximumPages) are allowed.")
    }

    private func refusal(of parsed: ParsedDocument, for request: ParseRequest) -> StageError? {
        if parsed.pages > environment.options.maximumPages { return tooManyPages(parsed.pages) }
        if parsed.pages >= request.pages {
            return failure(
                .parse, "hidden_pages",
                "The document has more than the \(request.pages - 1) pages that can be seen before it is read; save it "
                    + "anew, as a PDF without compressed objects, and upload that.")
        }
        guard MarkdownChunker.chunks(of: parsed.markdown).isEmpty else { return nil }
        return failure(.parse, "no_text", "No text was found in the document; if it is scanned, upload it with ocr.")
    }
}
