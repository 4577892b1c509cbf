/// Sends requests through libcurl, all of them on one thread of its own.
///
/// Connections are kept and used again. A redirect is an answer unless the request allows following. A request on a
/// kept connection that turns out to be closed is sent again on a new one, by libcurl, if nothing was received.
package final class HTTPClient: HTTPSending {
    private let loop: TransferLoop

    /// - Parameters:
    ///   - maximumConnections: transfers at once; more wait in order, within their time limit.
    ///   - name: the thread's name, at most 15 characters.
    package init(maximumConnections: Int = 256, name: String = "http") {
        loop = TransferLoop(maximumConnections: max(1, maximumConnections), name: name)
    }

    deinit { loop.close() }

    /// Ends the thread. What is under way, and what is sent later, fails with `HTTPError.cancelled`.
    package func close() { loop.close() }

    package func send(_ request: HTTPRequest) async throws(HTTPError) -> HTTPResponse {
        if let flaw = request.flaw() { throw flaw }
        let ticket = Ticket()
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation {
                (continuation: CheckedContinuation<Result<HTTPResponse, HTTPError>, Never>) in
                loop.start(Transfer(request, ticket: ticket, sink: .whole(continuation)))
            }
        } onCancel: {
            loop.cancel(ticket)
        }
        return try result.get()
    }

    package func stream(_ request: HTTPRequest) async throws(HTTPError) -> HTTPStreamedResponse {
        if let flaw = request.flaw() { throw flaw }
        let ticket = Ticket()
        let pipe = BodyPipe(resume: { [weak loop] in loop?.resume(ticket) })
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { (continuation: CheckedContinuation<Result<Head, HTTPError>, Never>) in
                loop.start(Transfer(request, ticket: ticket, sink: .streamed(continuation, pipe)))
            }
        } onCancel: {
            loop.cancel(ticket)
        }
        let head = try result.get()
        let reader = BodyReader(client: self, pipe: pipe, cancel: { [loop] in loop.cancel(ticket) })
        return HTTPStreamedResponse(
            status: head.status, headers: head.headers,
            body: AsyncThrowingStream(unfolding: { try await reader.next() }))
    }
}
