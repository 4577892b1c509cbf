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

/// Turns a PDF into Markdown: LlamaParse, or its simulator.
package protocol DocumentParser: Sendable {
    /// Sends the file and waits for its Markdown.
    /// - Parameters:
    ///   - path: The PDF on this machine; it is streamed.
    ///   - filename: The name that the user gave it.
    ///   - correlationID: Sent along, and found again in the provider's logs.
    ///   - deadline: The longest wait, from now; then `.timeout`.
    func parse(
        path: String, filename: String, correlationID: String, deadline: Duration
    ) async throws(ProviderError) -> ParsedDocument
}
