/// What is wrong with a peer's certificate, as OpenSSL's verification says (`X509_V_ERR_…` of <openssl/x509_vfy.h>).
package enum CertificateFlaw: Sendable, Equatable {
    case expired
    case notYetValid
    /// Signed by itself, or by an authority that is not trusted here.
    case unknownIssuer
    /// It is good, but for another host or address.
    case otherName
    case other

    /// - Parameter verifyResult: 0 when the chain is good, so that only the name is left to be wrong; 1 when libcurl itself
    ///   found another name, before it asked for the chain.
    init(_ verifyResult: Int) {
        switch verifyResult {
        case 0, 1, 62, 64: self = .otherName
        case 9: self = .notYetValid
        case 10: self = .expired
        case 2, 18, 19, 20, 21: self = .unknownIssuer
        default: self = .other
        }
    }

    /// What to do about it.
    package var advice: String {
        switch self {
        case .expired: "renew it"
        case .notYetValid: "check this machine's clock, or wait until it begins"
        case .unknownIssuer: "name the authority that signed it, or have it signed by one that is trusted"
        case .otherName: "use the host name that it was made for"
        case .other: "renew it, or name the authority that signed it"
        }
    }
}

/// Dates as OpenSSL prints them (`ASN1_TIME_print`): `Nov  3 09:08:07 2027 GMT`.
enum CertificateDate {
    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    /// The date in a line `Expire date:…` of libcurl's, in seconds since 1970; nil for other lines.
    static func end(in line: String) -> Int64? {
        let parts = line.split(separator: ":", maxSplits: 1)
        guard parts.count == 2, parts[0] == "Expire date" else { return nil }
        return seconds(String(parts[1]))
    }

    static func seconds(_ text: String) -> Int64? {
        let words = text.split(separator: " ")
        let time = words.count >= 4 ? words[2].split(separator: ":").compactMap { Int64($0) } : []
        guard time.count == 3, let month = months.firstIndex(of: String(words[0])), let day = Int64(words[1]),
            let year = Int64(words[3])
        else { return nil }
        return days(year, Int64(month + 1), day) * 86_400 + time[0] * 3600 + time[1] * 60 + time[2]
    }

    /// Days since 1970 in the Gregorian calendar: whole years that begin in March, so that leap days come last.
    private static func days(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
        let years = month <= 2 ? year - 1 : year
        let monthsSinceMarch = (month + 9) % 12
        let leapDays = years / 4 - years / 100 + years / 400
        return years * 365 + leapDays + (153 * monthsSinceMarch + 2) / 5 + day - 1 - 719_468
    }
}
