import Definitions
import FoundationEssentials

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Where output goes, and how much it may shine there.
enum Terminal {
    /// Standard output is a terminal.
    static var isInteractive: Bool { isatty(1) == 1 }

    /// Somebody can answer a question.
    static var canAsk: Bool { isatty(0) == 1 && isatty(2) == 1 }

    static var hasColour: Bool {
        isInteractive && ProcessInfo.processInfo.environment["NO_COLOR"]?.isEmpty ?? true
            && ProcessInfo.processInfo.environment["TERM"] != "dumb"
    }

    /// How text on standard output may look. Where it does not go to a terminal, sentences are not broken, so that they can be searched.
    static var style: TextStyle { TextStyle(hasColour: hasColour, width: isInteractive ? width : nil) }

    /// One line on standard output, written at once.
    static func line(_ text: String) { write(text + "\n", to: 1) }

    static func text(_ text: String) { write(text, to: 1) }

    /// One line on standard error.
    static func complain(_ text: String) { write(text + "\n", to: 2) }

    /// What is asked, on standard error, without a line end.
    static func prompt(_ text: String) { write(text, to: 2) }

    /// Overwrites the line at the bottom; only on a terminal.
    static func status(_ text: String) {
        let limit = max(20, width - 1)
        write("\r\u{1B}[2K" + String(text.prefix(limit)), to: 1)
    }

    static func clearStatus() { write("\r\u{1B}[2K", to: 1) }

    static func clearScreen() { write("\u{1B}[H\u{1B}[2J", to: 1) }

    /// Asks on standard error; true for `y` and `yes`.
    static func ask(_ question: String) -> Bool {
        write("\(question) [y/N] ", to: 2)
        return ["y", "yes"].contains((readLine() ?? "").lowercased())
    }

    private static var width: Int {
        var size = winsize()
        return ioctl(1, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0 ? Int(size.ws_col) : 80
    }

    private static func write(_ text: String, to descriptor: Int32) {
        var bytes = Array(text.utf8)[...]
        while !bytes.isEmpty {
            let count = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0 {
                if errno == EINTR || errno == EAGAIN { continue }
                return
            }
            bytes = bytes.dropFirst(count)
        }
    }
}

extension Main {
    static func exit(withStatus code: Int32) -> Never { Glibc.exit(code) }
}
