/// One request. Limits are part of it: nothing is sent without a time limit and a size limit.
package struct HTTPRequest: Sendable {
    package enum Body: Sendable {
        case none
        case bytes([UInt8])
        /// Streamed from a file, so that a large upload never sits in memory.
        case file(path: String)
    }

    package var method: String
    package var url: String
    /// Sent in order; a name may occur more than once.
    package var headers: [(name: String, value: String)]
    package var body: Body
    /// From the start to the last byte.
    package var timeout: Duration
    package var connectTimeout: Duration
    /// A longer body fails with `HTTPError.tooLarge`.
    package var maximumBodyBytes: Int
    /// Connects to this host or address instead of the URL's host, whose name is still what is asked for, and what the
    /// certificate must be for.
    package var connectTo: String?
    /// Connects to this socket instead of the URL's host.
    package var unixSocket: String?
    /// 0: a redirect is an answer like any other.
    package var maximumRedirects: Int
    /// A PEM file of certificate authorities to trust instead of the system's.
    package var certificateAuthorities: String?
    /// Asks for a new connection, and closes it afterwards.
    package var freshConnection: Bool
    /// Whether the answer says until when the peer's certificate is valid; it then needs a connection of its own.
    package var asksForCertificate: Bool
    /// Sends the body as mail, by SMTP.
    package var mail: MailEnvelope?

    package init(
        _ method: String, _ url: String, headers: [(name: String, value: String)] = [], body: Body = .none,
        timeout: Duration = .seconds(10), connectTimeout: Duration = .seconds(5),
        maximumBodyBytes: Int = 16 << 20, unixSocket: String? = nil, maximumRedirects: Int = 0,
        certificateAuthorities: String? = nil, connectTo: String? = nil, freshConnection: Bool = false,
        asksForCertificate: Bool = false
    ) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
        self.timeout = timeout
        self.connectTimeout = connectTimeout
        self.maximumBodyBytes = maximumBodyBytes
        self.unixSocket = unixSocket
        self.maximumRedirects = maximumRedirects
        self.certificateAuthorities = certificateAuthorities
        self.connectTo = connectTo
        self.freshConnection = freshConnection || asksForCertificate
        self.asksForCertificate = asksForCertificate
    }
}

/// One answer. Any status is an answer; only what prevents an answer is an error.
package struct HTTPResponse: Sendable {
    package var status: Int
    package var headers: [(name: String, value: String)]
    package var body: [UInt8]
    package var timings: HTTPTimings
    /// The end of the peer's certificate, in seconds since 1970, if it was asked for and TLS was spoken.
    package var certificateEnds: Int64?

    package init(
        status: Int, headers: [(name: String, value: String)], body: [UInt8], timings: HTTPTimings,
        certificateEnds: Int64? = nil
    ) {
        self.certificateEnds = certificateEnds
        self.status = status
        self.headers = headers
        self.body = body
        self.timings = timings
    }

    /// The first header of that name, in any case of letters.
    package func header(_ name: String) -> String? {
        headers.first { $0.name.lowercased() == name.lowercased() }?.value
    }

    package var text: String { String(decoding: body, as: UTF8.self) }
}

/// Seconds from the start of the request to the end of each phase, as libcurl measures them. A phase that did not
/// happen, as on a kept connection or without TLS, is 0. Time spent waiting for a free connection is not counted.
package struct HTTPTimings: Sendable, Equatable, Codable {
    package var dns: Double
    package var connect: Double
    package var tls: Double
    package var firstByte: Double
    package var total: Double

    package init(dns: Double = 0, connect: Double = 0, tls: Double = 0, firstByte: Double = 0, total: Double = 0) {
        self.dns = dns
        self.connect = connect
        self.tls = tls
        self.firstByte = firstByte
        self.total = total
    }
}

/// The head of a streamed answer, and its body as it arrives.
package struct HTTPStreamedResponse: Sendable {
    package var status: Int
    package var headers: [(name: String, value: String)]
    /// Ends when the body does, or when the reading task is cancelled; throws `HTTPError`. Letting go of it ends the
    /// transfer, and so does cancelling the task that reads.
    package var body: AsyncThrowingStream<[UInt8], any Error>

    package init(
        status: Int, headers: [(name: String, value: String)], body: AsyncThrowingStream<[UInt8], any Error>
    ) {
        self.status = status
        self.headers = headers
        self.body = body
    }
}

/// Whoever sends requests: the real client, or a stand-in in tests.
package protocol HTTPSending: Sendable {
    /// Sends one request and collects its answer. Cancelling the task ends the transfer.
    func send(_ request: HTTPRequest) async throws(HTTPError) -> HTTPResponse

    /// Sends one request and hands out the body as it arrives; `timeout` then limits the wait for the head, and
    /// `maximumBodyBytes` does not apply.
    func stream(_ request: HTTPRequest) async throws(HTTPError) -> HTTPStreamedResponse
}
