import ArgumentParser
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

    /// What stands after the name is a value that somebody typed. It is not said again.
    static func refuseArguments(_ rest: [String], _ command: String) throws {
        guard !rest.isEmpty else { return }
        throw ValidationError(
            "A value is read from standard input: every process of this machine can read arguments, and the shell "
                + "keeps them. Take what you typed for known, make another, and run: \(command) < FILE")
    }

    static func read(asking question: String) throws -> Secret {
        let text = isatty(0) == 1 ? try line(question) : try all()
        guard !text.isEmpty else { throw Refusal("no_value", "No value came on standard input.", exit: .usage) }
        return Secret(text)
    }

    /// Reads without echo, and lets nobody leave a terminal that stays mute: Ctrl-C ends the line as Return does.
    private static func line(_ question: String) throws -> String {
        var before = termios()
        guard tcgetattr(0, &before) == 0 else {
            throw Refusal("no_value", "The terminal does not let its echo be turned off; use a pipe.", exit: .usage)
        }
        var quiet = before
        quiet.c_lflag &= ~tcflag_t(ECHO | ISIG)
        withUnsafeMutableBytes(of: &quiet.c_cc) { $0[Int(VEOL)] = interrupt }
        tcsetattr(0, TCSAFLUSH, &quiet)
        defer {
            tcsetattr(0, TCSAFLUSH, &before)
            Terminal.complain("")
        }
        Terminal.prompt("\(question) (one line, not shown): ")
        var bytes = [UInt8](repeating: 0, count: 4096)
        let count = Glibc.read(0, &bytes, bytes.count)
        let read = bytes.prefix(max(0, count))
        guard read.last != interrupt else {
            throw Refusal("interrupted", "No value was given; nothing was changed.", exit: .interrupted)
        }
        return String(decoding: read.last == UInt8(ascii: "\n") ? read.dropLast() : read, as: UTF8.self)
    }

    /// What Ctrl-C sends.
    private static let interrupt: UInt8 = 3

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
