/// The small pieces that pages share.
enum Parts {
    /// A state as icon and word, so that colour is never the only sign.
    static func badge(_ word: String, icon: String, tone: Tone) -> HTML {
        tag("span", .class("badge", tone.rawValue)) {
            tag("span", .class("icon"), .attribute("aria-hidden", "true")) { icon }
            word
        }
    }

    enum Tone: String, Sendable { case good, busy, warn, bad, quiet }

    static func badge(_ state: StatusDocument.State) -> HTML {
        switch state {
        case .empty: badge("empty", icon: "○", tone: .quiet)
        case .steady: badge("steady", icon: "●", tone: .good)
        case .rolling: badge("rolling", icon: "◐", tone: .busy)
        case .degraded: badge("degraded", icon: "▲", tone: .bad)
        case .rolledBack: badge("rolled back", icon: "↺", tone: .warn)
        }
    }

    static func badge(outcome: String?) -> HTML {
        switch outcome {
        case nil: badge("under way", icon: "◐", tone: .busy)
        case "succeeded": badge("succeeded", icon: "✓", tone: .good)
        case "rolled_back": badge("rolled back", icon: "↺", tone: .warn)
        case "rollback_failed": badge("rollback failed", icon: "✕", tone: .bad)
        case "quarantined": badge("quarantined", icon: "✕", tone: .bad)
        case .some(let other): badge(spaced(other), icon: "–", tone: .quiet)
        }
    }

    static func badge(verdict: String) -> HTML {
        switch verdict {
        case "pass": badge("pass", icon: "✓", tone: .good)
        case "fail": badge("fail", icon: "✕", tone: .bad)
        case "telemetry_broken": badge("telemetry broken", icon: "?", tone: .warn)
        default: badge(spaced(verdict), icon: "…", tone: .quiet)
        }
    }

    static func badge(step: StepDocument.State) -> HTML {
        switch step {
        case .pending: badge("to come", icon: "○", tone: .quiet)
        case .running: badge("now", icon: "◐", tone: .busy)
        case .done: badge("done", icon: "✓", tone: .good)
        case .failed: badge("failed", icon: "✕", tone: .bad)
        case .skipped: badge("skipped", icon: "–", tone: .quiet)
        }
    }

    static func section(_ title: String, note: String? = nil, @HTMLBuilder content: () -> [HTML]) -> HTML {
        tag("section") {
            tag("h2") {
                title
                if let note { tag("small") { note } }
            }
            content()
        }
    }

    /// A table that scrolls by itself on narrow screens. Headings that start with `#` are numbers, and aligned so.
    static func table(_ headings: [String], _ rows: [[HTML]], empty: String) -> HTML {
        if rows.isEmpty { return tag("p", .class("none")) { empty } }
        let numeric = headings.map { $0.hasPrefix("#") }
        return tag("div", .class("scroll")) {
            tag("table") {
                tag("thead") {
                    tag("tr") {
                        for heading in headings {
                            tag("th", .attribute("scope", "col"), .class(heading.hasPrefix("#") ? "n" : "")) {
                                heading.hasPrefix("#") ? String(heading.dropFirst()) : heading
                            }
                        }
                    }
                }
                tag("tbody") {
                    for row in rows {
                        tag("tr") {
                            for (index, cell) in row.enumerated() {
                                tag("td", .class(numeric.indices.contains(index) && numeric[index] ? "n" : "")) {
                                    cell
                                }
                            }
                        }
                    }
                }
            }
        }
    }

    static func code(_ text: String, title: String? = nil) -> HTML {
        tag("code", .title(title ?? text)) { text }
    }

    /// The first twelve hex digits of a digest, with the whole under the pointer.
    static func digest(_ text: String) -> HTML {
        code(String((text.hasPrefix("sha256:") ? text.dropFirst(7) : text[...]).prefix(12)), title: text)
    }

    /// The time of day, with the whole moment under the pointer.
    static func time(_ rfc3339: String) -> HTML {
        let clock = rfc3339.count >= 19 ? String(rfc3339.dropFirst(11).prefix(8)) : rfc3339
        return tag("time", .attribute("datetime", rfc3339), .title(rfc3339)) { clock }
    }

    static func moment(_ rfc3339: String) -> HTML {
        let text = rfc3339.count >= 16 ? rfc3339.prefix(10) + " " + rfc3339.dropFirst(11).prefix(5) : rfc3339[...]
        return tag("time", .attribute("datetime", rfc3339), .title(rfc3339)) { String(text) }
    }

    static func link(_ text: String, to address: String) -> HTML {
        tag("a", .href(address)) { text }
    }

    static func spaced(_ word: String) -> String {
        String(word.map { $0 == "_" ? " " : $0 })
    }

    /// Up to four significant places, without an exponent where people read it.
    static func number(_ value: Double?) -> String {
        guard let value else { return "–" }
        if value == value.rounded(), abs(value) < 1e9 { return String(Int64(value)) }
        let size = abs(value)
        let factor: Double = size >= 100 ? 10 : size >= 1 ? 100 : 10_000
        return size >= 1e9 ? "\(value)" : "\((value * factor).rounded() / factor)"
    }

    /// Dollars with at most four places, cut from the exact decimal string.
    static func money(_ text: String) -> String {
        guard let point = text.firstIndex(of: ".") else { return text }
        let cents = text[text.index(after: point)...].prefix(4)
        return "\(text[..<point]).\(cents)"
    }
}
