import CCurl

/// One request on its way, and what has arrived so far.
// Made by the sender and handed to the loop; from then on the loop's thread alone touches it.
final class Transfer: @unchecked Sendable {
    enum Sink {
        case whole(CheckedContinuation<Result<HTTPResponse, HTTPError>, Never>)
        case streamed(CheckedContinuation<Result<Head, HTTPError>, Never>, BodyPipe)
    }

    let request: HTTPRequest
    let ticket: Ticket
    let url: String
    let deadline: ContinuousClock.Instant
    private let sink: Sink
    private let clock = ContinuousClock()

    private(set) var easy: UnsafeMutableRawPointer?
    private var headerList: UnsafeMutablePointer<curl_slist>?
    private var connectionList: UnsafeMutablePointer<curl_slist>?
    private var recipientList: UnsafeMutablePointer<curl_slist>?
    /// How much of a mail has been sent.
    private var mailSent = 0
    private let errorText: UnsafeMutablePointer<CChar>
    private(set) var file: BodyFile?
    private var began: ContinuousClock.Instant?
    private var firstByte: Duration?

    private var head = Head(status: 0, headers: [])
    private var headBytes = 0
    private var headDelivered = false
    private var bodyBegan = false
    private var body: [UInt8] = []
    /// Why one of our own callbacks stopped the transfer.
    private var stopped: HTTPError?

    init(_ request: HTTPRequest, ticket: Ticket, sink: Sink) {
        self.request = request
        self.ticket = ticket
        self.sink = sink
        url = request.shownURL
        deadline = clock.now + request.timeout
        errorText = .allocate(capacity: Int(CURL_ERROR_SIZE))
        errorText.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
    }

    deinit {
        release()
        errorText.deallocate()
    }

    var isStreamed: Bool { if case .streamed = sink { true } else { false } }

    /// A streamed answer's limit ends with its head.
    var hasOutlivedItsLimit: Bool { isStreamed && headDelivered }

    func isOverdue(at now: ContinuousClock.Instant) -> Bool { deadline <= now && !hasOutlivedItsLimit }

    /// Where the transfer stands.
    var phase: String {
        if firstByte != nil { return "body" }
        guard let easy else { return "queue" }
        if tide_get_offset(easy, CURLINFO_PRETRANSFER_TIME_T) > 0 { return "first byte" }
        if tide_get_offset(easy, CURLINFO_NAMELOOKUP_TIME_T) == 0 { return "dns" }
        // libcurl says "connected" only after the handshake; the port on our side is known before.
        return request.isEncrypted && tide_get_long(easy, CURLINFO_LOCAL_PORT) > 0 ? "tls" : "connect"
    }

    /// Builds libcurl's handle. To be called once, on the loop's thread.
    /// - Returns: why it cannot be sent, or nil.
    func prepare() -> HTTPError? {
        guard let easy = curl_easy_init() else {
            return .transport(url: url, code: Int(CURLE_OUT_OF_MEMORY.rawValue), detail: "out of memory")
        }
        self.easy = easy
        if case .file(let path) = request.body {
            do throws(HTTPError) { file = try BodyFile(path) } catch { return error }
        }
        var options = TransferOptions(easy)
        options.set(request, fileLength: file?.length)
        headerList = options.setHeaders(of: request)
        connectionList = options.setConnection(of: request)
        recipientList = options.setRecipients(of: request)
        options.pointer(CURLOPT_ERRORBUFFER, errorText)
        options.callbacks(Unmanaged.passUnretained(self).toOpaque(), sends: file != nil || request.mail != nil)
        if isStreamed { options.offset(CURLOPT_MAXFILESIZE_LARGE, 0) }
        if let code = options.failure {
            return .invalidRequest(url: url, reason: String(cString: curl_easy_strerror(code)))
        }
        began = clock.now
        return nil
    }

    func resume() { if let easy { curl_easy_pause(easy, CURLPAUSE_CONT) } }

    /// Gives everything back. The handle must have been taken out of the loop before.
    func release() {
        if let easy { curl_easy_cleanup(easy) }
        easy = nil
        curl_slist_free_all(headerList)
        headerList = nil
        curl_slist_free_all(connectionList)
        connectionList = nil
        curl_slist_free_all(recipientList)
        recipientList = nil
        file = nil
    }
}

// MARK: - What arrives

extension Transfer {
    /// The head of one answer; more than one arrives with redirects and `100 Continue`.
    private static let maximumHeadBytes = 256 << 10

    func receiveHeader(_ bytes: UnsafeRawBufferPointer) -> Int {
        if firstByte == nil, let began { firstByte = clock.now - began }
        if bodyBegan { return bytes.count }  // Trailers.
        headBytes += bytes.count
        guard headBytes <= Transfer.maximumHeadBytes else {
            stopped = .tooLarge(url: url, limit: Transfer.maximumHeadBytes)
            return 0
        }
        let line = String(decoding: bytes, as: UTF8.self).trimmingLineEnd()
        if line.hasPrefix("HTTP/") {
            head = Head(status: 0, headers: [])
        } else if line.isEmpty {
            headEnded()
        } else if let colon = line.firstIndex(of: ":") {
            let value = line[line.index(after: colon)...].trimmingBlanks()
            head.headers.append((name: String(line[..<colon]), value: String(value)))
        }
        return bytes.count
    }

    private func headEnded() {
        guard let easy else { return }
        head.status = tide_get_long(easy, CURLINFO_RESPONSE_CODE)
        let isFinal = head.status >= 200
        let isFollowed = request.maximumRedirects > 0 && (300..<400).contains(head.status)
        if isFinal && !isFollowed { deliverHead() }
    }

    private func deliverHead() {
        guard !headDelivered, case .streamed(let continuation, _) = sink else { return }
        headDelivered = true
        continuation.resume(returning: .success(head))
    }

    func receiveBody(_ bytes: UnsafeRawBufferPointer) -> Int {
        bodyBegan = true
        switch sink {
        case .whole:
            guard body.count + bytes.count <= request.maximumBodyBytes else {
                stopped = .tooLarge(url: url, limit: request.maximumBodyBytes)
                return 0
            }
            body.append(contentsOf: bytes)
            return bytes.count
        case .streamed(_, let pipe):
            deliverHead()
            return pipe.offer(Array(bytes)) ? bytes.count : Int(CURL_WRITEFUNC_PAUSE)
        }
    }

    func seekBody(to offset: curl_off_t) -> Bool {
        guard request.mail != nil else { return file?.seek(to: offset) == true }
        mailSent = Int(offset)
        return true
    }

    private func provideMail(_ room: UnsafeMutableRawBufferPointer) -> Int {
        guard case .bytes(let bytes) = request.body else { return 0 }
        let part = bytes.dropFirst(mailSent).prefix(room.count)
        room.copyBytes(from: part)
        mailSent += part.count
        return part.count
    }

    func provideBody(_ room: UnsafeMutableRawBufferPointer) -> Int {
        if request.mail != nil { return provideMail(room) }
        guard let file else { return 0 }
        do throws(HTTPError) {
            return try file.read(into: room)
        } catch {
            stopped = error
            return Int(CURL_READFUNC_ABORT)
        }
    }
}

// MARK: - How it ends

extension Transfer {
    /// - Parameter code: how libcurl says that the transfer ended. Its handle must still be there.
    func complete(_ code: CURLcode) {
        guard code == CURLE_OK else { return fail(failure(code)) }
        switch sink {
        case .whole(let continuation):
            let response = HTTPResponse(
                // A mail server's replies come without a head.
                status: request.mail == nil ? head.status : easy.map { tide_get_long($0, CURLINFO_RESPONSE_CODE) } ?? 0,
                headers: head.headers, body: body, timings: timings(),
                certificateEnds: request.asksForCertificate ? certificateEnds : nil)
            continuation.resume(returning: .success(response))
        case .streamed(_, let pipe):
            deliverHead()
            pipe.finish(.success(()))
        }
    }

    /// Ends it with an error. A streamed answer whose head is out fails in its body.
    func fail(_ failure: HTTPError) {
        switch sink {
        case .whole(let continuation):
            continuation.resume(returning: .failure(failure))
        case .streamed(let continuation, let pipe):
            if !headDelivered {
                headDelivered = true
                continuation.resume(returning: .failure(failure))
            }
            pipe.finish(.failure(failure))
        }
    }

    private func timings() -> HTTPTimings {
        guard let easy else { return HTTPTimings() }
        func seconds(_ info: CURLINFO) -> Double { Double(tide_get_offset(easy, info)) / 1_000_000 }
        let total = seconds(CURLINFO_TOTAL_TIME_T)
        // libcurl counts the first byte *sent* as the start of the transfer when there is a body to send.
        let first = firstByte.map { $0 / .seconds(1) } ?? seconds(CURLINFO_STARTTRANSFER_TIME_T)
        return HTTPTimings(
            dns: seconds(CURLINFO_NAMELOOKUP_TIME_T), connect: seconds(CURLINFO_CONNECT_TIME_T),
            tls: seconds(CURLINFO_APPCONNECT_TIME_T), firstByte: min(first, total), total: total)
    }

    private func failure(_ code: CURLcode) -> HTTPError {
        if let stopped { return stopped }
        let written = String(cString: errorText)
        let detail = written.isEmpty ? String(cString: curl_easy_strerror(code)) : written
        return HTTPError(code, self, detail: detail)
    }

    /// OpenSSL's verdict on the peer's certificate (`X509_V_…`); 0 when it has none against it.
    var verifyResult: Int { easy.map { tide_get_long($0, CURLINFO_SSL_VERIFYRESULT) } ?? 0 }

    private var certificateEnds: Int64? {
        var line = easy.flatMap { tide_get_certificate($0) }
        while let entry = line?.pointee {
            if let data = entry.data, let ends = CertificateDate.end(in: String(cString: data)) { return ends }
            line = entry.next.map { UnsafePointer($0) }
        }
        return nil
    }

    /// The system's own reason, when there is one; libcurl does not tell a reset connection from a broken encoding.
    var systemError: Int { easy.map { tide_get_long($0, CURLINFO_OS_ERRNO) } ?? 0 }
}

extension String {
    fileprivate func trimmingLineEnd() -> Substring {
        var end = utf8.endIndex
        while end > utf8.startIndex, [0x0A, 0x0D].contains(utf8[utf8.index(before: end)]) {
            end = utf8.index(before: end)
        }
        return self[..<end]
    }
}

extension Substring {
    fileprivate func trimmingBlanks() -> Substring {
        var rest = self.drop { $0 == " " || $0 == "\t" }
        while let last = rest.last, last == " " || last == "\t" { rest.removeLast() }
        return rest
    }
}
