import Definitions
import FoundationEssentials
import Rollouts

/// A mail in the form of RFC 5322, its text in base64 (RFC 2045), so that no line of it is too long or taken for another.
struct MailMessage {
    let notification: AlertNotification
    let mail: AlertMail
    let base: String

    var bytes: [UInt8] {
        let words = NotificationText(notification: notification, base: base)
        let host = mail.from.split(separator: "@").last.map(String.init) ?? "tidegate"
        let lines = [
            "Date: \(Self.date(notification.at))", "From: Tidegate <\(mail.from)>",
            "To: \(mail.to.joined(separator: ", "))", "Subject: \(Self.encoded(words.title.cut(to: 200)))",
            "Message-ID: <\(words.name)@\(host)>",
            // All mails about a group are one conversation.
            "References: <\(words.conversation)@\(host)>",
            "Auto-Submitted: auto-generated", "MIME-Version: 1.0", "Content-Type: text/plain; charset=utf-8",
            "Content-Transfer-Encoding: base64", "",
        ]
        let text = Data(words.body.replacing("\n", with: "\r\n").utf8).base64EncodedString()
        return Array((lines + Self.wrapped(text, at: 76)).joined(separator: "\r\n").utf8) + Array("\r\n".utf8)
    }

    /// Words of RFC 2047, each short enough; plain text stays as it is.
    static func encoded(_ text: String) -> String {
        let isPlain = text.utf8.allSatisfy { (0x20..<0x7F).contains($0) } && !text.contains("=?")
        guard !isPlain else { return text }
        var words: [String] = []
        var word: [UInt8] = []
        func end() {
            words.append("=?utf-8?B?\(Data(word).base64EncodedString())?=")
            word = []
        }
        for character in text {
            let bytes = Array(String(character).utf8)
            if word.count + bytes.count > 45 { end() }
            word += bytes
        }
        end()
        return words.joined(separator: "\r\n ")
    }

    static func wrapped(_ text: String, at width: Int) -> [String] {
        var rest = text[...]
        var lines: [String] = []
        while !rest.isEmpty {
            lines.append(String(rest.prefix(width)))
            rest = rest.dropFirst(width)
        }
        return lines
    }

    /// `Sun, 22 Nov 2026 17:00:00 +0000` (RFC 5322, section 3.3).
    static func date(_ time: Timestamp) -> String {
        let text = time.rfc3339
        let names = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        let month = Int(text.dropFirst(5).prefix(2)) ?? 1
        let days = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
        let day = Int(time.startOfDay.microseconds / 86_400_000_000) % 7
        return "\(days[(day + 7) % 7]), \(text.dropFirst(8).prefix(2)) \(names[month - 1]) \(text.prefix(4)) "
            + "\(text.dropFirst(11).prefix(8)) +0000"
    }
}
