/// What a parser made of a document.
package struct ParsedDocument: Sendable, Equatable {
    package var markdown: String
    package var pages: Int
    /// The provider's own id for the work, to find it on a bill.
    package var requestID: String

    package init(markdown: String, pages: Int, requestID: String) {
        self.markdown = markdown
        self.pages = pages
        self.requestID = requestID
    }
}

/// Under which a document that was sent can be asked for again, by any process.
package struct ParseTicket: Sendable, Equatable {
    private static let mockPrefix = "mock/"

    /// The provider's own id for the work.
    package var id: String
    /// Whether a stand-in has it.
    package var isMock: Bool

    package init(id: String, isMock: Bool = false) {
        self.id = id
        self.isMock = isMock
    }

    /// As it is stored.
    package init(text: String) {
        isMock = text.hasPrefix(Self.mockPrefix)
        id = isMock ? String(text.dropFirst(Self.mockPrefix.count)) : text
    }

    package var text: String { isMock ? Self.mockPrefix + id : id }
}

/// Where a parser tells that it is done, and the key that it signs with.
package struct ParseWebhook: Sendable, Equatable {
    package var url: String
    package var secret: Credential

    package init(url: String, secret: Credential) {
        self.url = url
        self.secret = secret
    }
}

/// A document that is to be parsed.
package struct ParseOrder: Sendable, Equatable {
    /// The PDF on this machine; it is streamed.
    package var path: String
    /// The name that the user gave it.
    package var filename: String
    /// Sent along, and found again in the provider's logs.
    package var correlationID: String
    /// No more pages than these are read, and none beyond them is paid for.
    package var mostPages: Int
    /// Whether text is read from images as well.
    package var ocr: Bool
    /// Told when the work is done; nil when nobody is to be told.
    package var webhook: ParseWebhook?

    package init(
        path: String, filename: String, correlationID: String, mostPages: Int, ocr: Bool = false,
        webhook: ParseWebhook? = nil
    ) {
        (self.path, self.filename, self.correlationID) = (path, filename, correlationID)
        (self.mostPages, self.ocr, self.webhook) = (mostPages, ocr, webhook)
    }
}

/// Turns a PDF into Markdown: LlamaParse, or its simulator.
package protocol DocumentParser: Sendable {
    /// Sends the file.
    /// - Parameter limit: The longest that sending may take; then `.timeout`.
    func submit(_ order: ParseOrder, limit: Duration) async throws(ProviderError) -> ParseTicket

    /// Asks for the result.
    /// - Returns: nil while the work is under way.
    func collect(
        _ ticket: ParseTicket, correlationID: String, limit: Duration
    ) async throws(ProviderError) -> ParsedDocument?
}
