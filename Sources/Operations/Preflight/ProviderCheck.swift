import Contract
import HTTPClient
import Secrets

/// Whether an outside service answers to the key that instances will use. It is asked one thing that costs nothing.
struct ProviderCheck: Sendable {
    let provider: ProviderContract
    let address: Secret
    let key: Secret?
    let http: any HTTPSending
    let limit: Duration
    /// Seconds since 1970.
    let now: Int64
    let authorities: String?

    func reports() async -> [CheckReport] {
        let base = address.reveal()
        let path = provider.probePath ?? "/"
        var request = HTTPRequest(
            provider.probePath == nil ? "HEAD" : "GET", (base.hasSuffix("/") ? String(base.dropLast()) : base) + path,
            headers: [(name: "Accept", value: "application/json")], timeout: limit, connectTimeout: limit,
            certificateAuthorities: authorities, asksForCertificate: base.hasPrefix("https:"))
        if let key, provider.probePath != nil {
            request.headers.append((name: "Authorization", value: "Bearer \(key.reveal())"))
        }
        do throws(HTTPError) {
            let response = try await http.send(request)
            return [judge(response, request.shownURL)] + certificate(response, request.shownURL)
        } catch {
            return [WebWords.report(error)]
        }
    }

    private func certificate(_ response: HTTPResponse, _ place: String) -> [CheckReport] {
        [CertificateWords.report(ends: response.certificateEnds, place: place, now: now)].compactMap(\.self)
    }

    private func judge(_ response: HTTPResponse, _ place: String) -> CheckReport {
        guard provider.probePath != nil else { return .passed("\(provider.name) answers at \(place).") }
        let keyName = provider.keyVariable ?? "the key"
        switch response.status {
        case 200..<300 where response.header("Content-Type")?.hasPrefix("text/html") == true:
            return CheckReport(
                .failed, "\(place) answers with a web page, which is no provider's answer.",
                fix: "Check \(provider.addressVariable): it is to be the address of the API, not of the site.")
        case 200..<300: return .passed("\(provider.name) takes the key of \(keyName).")
        case 300..<400:
            return CheckReport(
                .failed, "\(place) leads elsewhere (\(response.status)), as a login page does.",
                fix:
                    "Write the address that it leads to into \(provider.addressVariable), or mend what stands in front."
            )
        case 401, 403:
            return CheckReport(
                .failed, "\(provider.name) refuses the key of \(keyName) (\(response.status)).",
                fix:
                    "Put a key that is valid there into the source of \(keyName); this one was revoked, or is another's."
            )
        case 404:
            return CheckReport(
                .failed, "\(provider.name) knows nothing at \(place) (404).",
                fix: "Check \(provider.addressVariable): host, path and version of the API.")
        case 408, 429, 500...:
            return CheckReport(
                .warned, "\(provider.name) answers \(response.status); a rollout will wait for it.",
                fix: "See the provider's status page; nothing needs to change here.")
        default:
            return CheckReport(
                .failed, "\(provider.name) refuses the question with \(response.status).",
                fix: "Check \(provider.addressVariable) and \(keyName).")
        }
    }
}

/// Whether an HTTPS address that is no provider's has a certificate that is trusted here.
struct CertificateCheck: Sendable {
    let endpoint: Endpoint
    let http: any HTTPSending
    let limit: Duration
    let now: Int64
    let authorities: String?

    func reports() async -> [CheckReport] {
        let host = endpoint.host.contains(":") ? "[\(endpoint.host)]" : endpoint.host
        let place = "https://\(host):\(endpoint.port ?? 443)/"
        do throws(HTTPError) {
            let response = try await http.send(
                HTTPRequest(
                    "HEAD", place, timeout: limit, connectTimeout: limit, certificateAuthorities: authorities,
                    asksForCertificate: true))
            let doubt = CertificateWords.report(ends: response.certificateEnds, place: place, now: now)
            return [doubt ?? .passed("\(endpoint.shown) answers, with a certificate that is trusted here.")]
        } catch { return [WebWords.report(error)] }
    }
}

enum CertificateWords {
    /// From how many days before its end a certificate is a warning.
    static let days: Int64 = 30

    /// Nil while there is time.
    static func report(ends: Int64?, place: String, now: Int64) -> CheckReport? {
        guard let ends else { return nil }
        let left = (ends - now) / 86_400
        if ends <= now {
            return CheckReport(.failed, "The certificate of \(place) has expired.", fix: "Renew it.")
        }
        guard left < days else { return nil }
        return CheckReport(
            .warned, "The certificate of \(place) expires in \(Words.count(Int(left), "day")).",
            fix: "Have it renewed before; no client connects afterwards.")
    }
}

/// Why there was no answer: nobody there is another matter than somebody who is not to be trusted.
enum WebWords {
    static func report(_ error: HTTPError) -> CheckReport {
        switch error {
        case .badCertificate(let url, let flaw, _):
            CheckReport(.failed, "The certificate of \(url) \(words(flaw)).", fix: "\(capital(flaw.advice)).")
        case .tlsFailed, .invalidRequest, .malformedResponse, .tooLarge, .tooManyRedirects:
            CheckReport(.failed, error.description, fix: "Check the address: scheme, host and port.")
        case .hostNotFound, .connectionRefused, .timedOut, .connectionLost, .transport, .cancelled, .unreadableBody:
            CheckReport(
                .unreachable, error.description,
                fix: "Check the address, the service itself, and the way to it from here.")
        }
    }

    private static func words(_ flaw: CertificateFlaw) -> String {
        switch flaw {
        case .expired: "has expired"
        case .notYetValid: "is not valid yet"
        case .unknownIssuer: "comes from an authority that is not trusted here"
        case .otherName: "is for another name"
        case .other: "is not trusted here"
        }
    }

    private static func capital(_ text: String) -> String { text.prefix(1).uppercased() + text.dropFirst() }
}
