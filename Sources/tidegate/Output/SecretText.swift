import ControlPlane
import Secrets

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

enum SecretText {
    static func list(_ secrets: [SecretDocument]) -> String {
        guard !secrets.isEmpty else { return "No secrets are defined." }
        var table = Table("NAME", "SOURCE", "READ BY", "VERSION", "SINCE", "EXPIRES", "FINGERPRINT")
        for secret in secrets {
            table.add(
                secret.name, secret.source,
                secret.services.isEmpty ? "nobody" : secret.services.joined(separator: ", "),
                secret.version ?? "–", secret.since.map { String($0.prefix(10)) } ?? "–", secret.expires ?? "–",
                secret.fingerprint ?? "–")
        }
        let rotations = secrets.compactMap { secret in secret.rotation.map { "\(secret.name): \($0)" } }
        return ([table.text] + rotations).joined(separator: "\n")
    }

    static func checks(_ checks: [SecretCheckDocument]) -> String {
        checks.map { check in
            let mark =
                switch check.state {
                case .good: "ok    "
                case .warned: "warned"
                case .wrong: "wrong "
                case .unreachable: "failed"
                }
            let news = check.differs == true ? "; what runs has another value" : ""
            var lines = ["\(mark)  \(check.name)  (\(check.source)\(news))"]
            if let failure = check.failure { lines.append("        \(failure)") }
            for finding in check.findings { lines.append("    " + FindingText.line(finding.finding)) }
            return lines.joined(separator: "\n")
        }.joined(separator: "\n")
    }
}

/// Reads a secret value from standard input; on a terminal one line, which is not shown.
enum SecretInput {
    /// What the kernel gives a process for one variable (Linux: `MAX_ARG_STRLEN`), less a little for its name.
    static let limit = 120_000

    static func read(asking question: String) throws -> Secret {
        let text = isatty(0) == 1 ? try line(question) : try all()
        guard !text.isEmpty else { throw Refusal("no_value", "No value came on standard input.", exit: .usage) }
        return Secret(text)
    }

    private static func line(_ question: String) throws -> String {
        var before = termios()
        guard tcgetattr(0, &before) == 0 else {
            throw Refusal("no_value", "The terminal does not let its echo be turned off; use a pipe.", exit: .usage)
        }
        var quiet = before
        quiet.c_lflag &= ~tcflag_t(ECHO)
        tcsetattr(0, TCSAFLUSH, &quiet)
        defer {
            tcsetattr(0, TCSAFLUSH, &before)
            Terminal.complain("")
        }
        Terminal.prompt("\(question) (not shown): ")
        return readLine() ?? ""
    }

    private static func all() throws -> String {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = Glibc.read(0, &chunk, chunk.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { break }
            bytes += chunk[..<count]
            guard bytes.count <= limit else {
                throw Refusal(
                    "value_too_long", "The value is longer than the \(limit) bytes that a process can be given.",
                    exit: .usage)
            }
        }
        if bytes.last == UInt8(ascii: "\n") { bytes.removeLast() }
        if bytes.last == UInt8(ascii: "\r") { bytes.removeLast() }
        guard let text = String(validating: bytes, as: UTF8.self), !bytes.contains(0) else {
            throw Refusal(
                "value_no_text", "The value is no UTF-8 text: encode it, in base64 for example.", exit: .usage)
        }
        return text
    }
}
