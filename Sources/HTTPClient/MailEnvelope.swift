/// Who a mail is from and for, apart from what stands in it (RFC 5321). With one, a request's URL is `smtp://` or `smtps://`,
/// its body the message, and the answer's status the server's last reply, such as 250.
package struct MailEnvelope: Sendable {
    package var from: String
    package var to: [String]
    package var login: (user: String, password: String)?
    /// Whether nothing is sent before TLS is spoken.
    package var requiresTLS: Bool

    package init(from: String, to: [String], login: (user: String, password: String)? = nil, requiresTLS: Bool = true) {
        self.from = from
        self.to = to
        self.login = login
        self.requiresTLS = requiresTLS
    }

    /// Whether nothing in it could end its line.
    var isPlain: Bool {
        !to.isEmpty && ([from] + to).allSatisfy { !$0.isEmpty && $0.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F } }
    }
}
