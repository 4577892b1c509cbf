import CCurl

/// Tells libcurl what a request asks for, and keeps the first refusal.
struct TransferOptions {
    private let easy: UnsafeMutableRawPointer
    private(set) var failure: CURLcode?

    init(_ easy: UnsafeMutableRawPointer) { self.easy = easy }

    mutating func set(_ request: HTTPRequest, fileLength: Int?) {
        string(CURLOPT_URL, request.url)
        string(CURLOPT_PROTOCOLS_STR, request.mail == nil ? "http,https" : "smtp,smtps")
        string(CURLOPT_REDIR_PROTOCOLS_STR, "http,https")
        long(CURLOPT_NOSIGNAL, 1)
        long(CURLOPT_TCP_KEEPALIVE, 1)
        long(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1)
        long(CURLOPT_HTTP_VERSION, request.isEncrypted ? CURL_HTTP_VERSION_2TLS : CURL_HTTP_VERSION_1_1)
        long(CURLOPT_CONNECTTIMEOUT_MS, milliseconds(request.connectTimeout))
        // The length that a HEAD's answer names is not sent.
        if request.method != "HEAD" { offset(CURLOPT_MAXFILESIZE_LARGE, request.maximumBodyBytes) }
        keep(tide_set_private_sockets(easy))
        if request.isLocal { string(CURLOPT_PROXY, "") }
        if let socket = request.unixSocket { string(CURLOPT_UNIX_SOCKET_PATH, socket) }
        if request.maximumRedirects > 0 {
            long(CURLOPT_FOLLOWLOCATION, 1)
            long(CURLOPT_MAXREDIRS, request.maximumRedirects)
        }
        if let authorities = request.certificateAuthorities {
            string(CURLOPT_CAINFO, authorities)
            string(CURLOPT_CAPATH, nil)
        }
        if request.asksForCertificate { long(CURLOPT_CERTINFO, 1) }
        if request.freshConnection {
            long(CURLOPT_FRESH_CONNECT, 1)
            long(CURLOPT_FORBID_REUSE, 1)
        }
        if let mail = request.mail { setMail(mail, request) } else { setMethod(request, fileLength: fileLength) }
    }

    private mutating func setMail(_ mail: MailEnvelope, _ request: HTTPRequest) {
        string(CURLOPT_MAIL_FROM, "<\(mail.from)>")
        long(CURLOPT_USE_SSL, Int(mail.requiresTLS ? CURLUSESSL_ALL.rawValue : CURLUSESSL_TRY.rawValue))
        if let login = mail.login {
            string(CURLOPT_USERNAME, login.user)
            string(CURLOPT_PASSWORD, login.password)
        }
        // libcurl would send what asks for TLS over a connection without, were one open to the same server.
        long(CURLOPT_FRESH_CONNECT, 1)
        long(CURLOPT_FORBID_REUSE, 1)
        long(CURLOPT_UPLOAD, 1)
        guard case .bytes(let bytes) = request.body else { return }
        offset(CURLOPT_INFILESIZE_LARGE, bytes.count)
    }

    /// - Returns: the list, which must live as long as the handle; nil when the request is no mail.
    mutating func setRecipients(of request: HTTPRequest) -> UnsafeMutablePointer<curl_slist>? {
        guard let mail = request.mail else { return nil }
        var list: UnsafeMutablePointer<curl_slist>?
        for recipient in mail.to {
            guard let longer = curl_slist_append(list, "<\(recipient)>") else {
                keep(CURLE_OUT_OF_MEMORY)
                break
            }
            list = longer
        }
        keep(tide_set_list(easy, CURLOPT_MAIL_RCPT, list))
        return list
    }

    private mutating func setMethod(_ request: HTTPRequest, fileLength: Int?) {
        switch request.body {
        case .file:
            long(CURLOPT_UPLOAD, 1)
            offset(CURLOPT_INFILESIZE_LARGE, fileLength ?? 0)
            string(CURLOPT_CUSTOMREQUEST, request.method)
        case .bytes(let bytes):
            post(bytes, method: request.method)
        case .none where ["POST", "PUT", "PATCH"].contains(request.method):
            post([], method: request.method)
        case .none where request.method == "HEAD":
            long(CURLOPT_NOBODY, 1)
        case .none where request.method == "GET":
            long(CURLOPT_HTTPGET, 1)
        case .none:
            string(CURLOPT_CUSTOMREQUEST, request.method)
        }
    }

    private mutating func post(_ bytes: [UInt8], method: String) {
        long(CURLOPT_POST, 1)
        // The size comes first: libcurl copies that many bytes.
        offset(CURLOPT_POSTFIELDSIZE_LARGE, bytes.count)
        if bytes.isEmpty {
            string(CURLOPT_COPYPOSTFIELDS, "")
        } else {
            bytes.withUnsafeBytes { pointer(CURLOPT_COPYPOSTFIELDS, $0.baseAddress) }
        }
        // A redirect after POST becomes GET; a method that was named stays.
        if method != "POST" { string(CURLOPT_CUSTOMREQUEST, method) }
    }

    /// - Returns: the list, which must live as long as the handle.
    mutating func setHeaders(of request: HTTPRequest) -> UnsafeMutablePointer<curl_slist>? {
        var lines = request.headers.map { $0.value.isEmpty ? "\($0.name);" : "\($0.name): \($0.value)" }
        // What libcurl would add by itself: a content type that nobody named, and a wait for "100 Continue".
        for name in ["Content-Type", "Expect"]
        where !request.headers.contains(where: { $0.name.lowercased() == name.lowercased() }) {
            lines.append("\(name):")
        }
        var list: UnsafeMutablePointer<curl_slist>?
        for line in lines {
            guard let longer = curl_slist_append(list, line) else {
                keep(CURLE_OUT_OF_MEMORY)
                break
            }
            list = longer
        }
        keep(tide_set_list(easy, CURLOPT_HTTPHEADER, list))
        return list
    }

    /// - Returns: the list, which must live as long as the handle; nil when the URL's own host is to be connected to.
    mutating func setConnection(of request: HTTPRequest) -> UnsafeMutablePointer<curl_slist>? {
        guard let target = request.connectTo else { return nil }
        func bracketed(_ host: String) -> String { host.contains(":") ? "[\(host)]" : host }
        // Only for the URL's own host, so that a redirect leads where it says; ports stay.
        let list = curl_slist_append(nil, "\(bracketed(request.host))::\(bracketed(target)):")
        if list == nil { keep(CURLE_OUT_OF_MEMORY) }
        keep(tide_set_list(easy, CURLOPT_CONNECT_TO, list))
        return list
    }

    /// - Parameter sends: whether the body is asked for piece by piece.
    mutating func callbacks(_ context: UnsafeMutableRawPointer, sends: Bool) {
        keep(
            tide_set_on_data(easy, CURLOPT_HEADERFUNCTION) { data, size, count, context in
                transfer(context).receiveHeader(UnsafeRawBufferPointer(start: data, count: size * count))
            })
        keep(
            tide_set_on_data(easy, CURLOPT_WRITEFUNCTION) { data, size, count, context in
                transfer(context).receiveBody(UnsafeRawBufferPointer(start: data, count: size * count))
            })
        pointer(CURLOPT_HEADERDATA, context)
        pointer(CURLOPT_WRITEDATA, context)
        guard sends else { return }
        keep(
            tide_set_on_data(easy, CURLOPT_READFUNCTION) { data, size, count, context in
                transfer(context).provideBody(UnsafeMutableRawBufferPointer(start: data, count: size * count))
            })
        keep(tide_set_on_seek(easy) { context, offset, _ in transfer(context).seekBody(to: offset) ? 0 : 1 })
        pointer(CURLOPT_READDATA, context)
        pointer(CURLOPT_SEEKDATA, context)
    }

    mutating func long(_ option: CURLoption, _ value: Int) { keep(tide_set_long(easy, option, value)) }

    mutating func offset(_ option: CURLoption, _ value: Int) { keep(tide_set_offset(easy, option, curl_off_t(value))) }

    mutating func string(_ option: CURLoption, _ value: String?) { keep(tide_set_string(easy, option, value)) }

    mutating func pointer(_ option: CURLoption, _ value: UnsafeRawPointer?) {
        keep(tide_set_pointer(easy, option, value))
    }

    private mutating func keep(_ code: CURLcode) {
        if code != CURLE_OK, failure == nil { failure = code }
    }
}

private func transfer(_ context: UnsafeMutableRawPointer?) -> Transfer {
    Unmanaged<Transfer>.fromOpaque(context!).takeUnretainedValue()
}

/// At least 1: to libcurl 0 means its default of five minutes.
private func milliseconds(_ duration: Duration) -> Int {
    let (seconds, attoseconds) = duration.components
    guard seconds < 1_000_000 else { return 1_000_000_000 }
    return max(1, Int(seconds) * 1_000 + Int(attoseconds / 1_000_000_000_000_000))
}
