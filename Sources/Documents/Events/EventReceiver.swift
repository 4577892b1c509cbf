import Contract
import Crypto

/// An address that job events are sent to.
package struct EventReceiver: Sendable, Equatable {
    /// It may hold a key in its path, so it is shown nowhere.
    package let url: Credential
    /// Host and the beginning of the address's SHA-256: the same as long as the address is, and no secret.
    package let name: String

    package init(url: String) {
        self.url = Credential(url)
        let rest = url.firstRange(of: "://").map { url[$0.upperBound...] } ?? url[...]
        let authority = rest.prefix { !"/?#".contains($0) }
        let host = authority.split(separator: "@", omittingEmptySubsequences: false).last ?? ""
        name = "\(host)-\(Hexadecimal.text(SHA256.hash(data: Array(url.utf8)).prefix(4)))"
    }
}
