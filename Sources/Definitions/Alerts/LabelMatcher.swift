/// One condition on an alert's labels, as Alertmanager writes it: `severity="critical"`, `service=~"api|worker"`. Regular
/// expressions match the whole value. A label that is missing has the empty value.
package struct LabelMatcher: Sendable, Hashable, Codable, CustomStringConvertible {
    package enum Operator: String, Sendable, Codable, CaseIterable {
        case equal = "="
        case notEqual = "!="
        case matches = "=~"
        case matchesNot = "!~"
    }

    package var name: String
    package var comparison: Operator
    package var value: String

    package init(_ name: String, _ comparison: Operator = .equal, _ value: String) {
        self.name = name
        self.comparison = comparison
        self.value = value
    }

    /// Nil for anything else than a label's name, an operator and a value, in quotes or without; and for a regular
    /// expression that is none.
    package init?(_ text: String) {
        let name = text.prefix { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }
        guard let first = name.first, !first.isNumber else { return nil }
        var rest = text.dropFirst(name.count).drop { $0 == " " }
        let known: [Operator] = [.matches, .matchesNot, .notEqual, .equal]
        guard let found = known.first(where: { rest.hasPrefix($0.rawValue) }) else { return nil }
        rest = rest.dropFirst(found.rawValue.count).drop { $0 == " " }
        guard let value = Self.value(rest) else { return nil }
        self.init(String(name), found, value)
        guard isRegular else { return }
        do { _ = try Regex(value) } catch { return nil }
    }

    /// Whether the value is a regular expression.
    package var isRegular: Bool { comparison == .matches || comparison == .matchesNot }

    package func matches(_ labels: [String: String], _ patterns: LabelPatterns) -> Bool {
        let own = labels[name] ?? ""
        return switch comparison {
        case .equal: own == value
        case .notEqual: own != value
        case .matches: patterns.match(value, own)
        case .matchesNot: !patterns.match(value, own)
        }
    }

    package var description: String {
        let escaped = value.flatMap { $0 == "\"" || $0 == "\\" ? ["\\", $0] : [$0] }
        return "\(name)\(comparison.rawValue)\"\(String(escaped))\""
    }

    private static func value(_ text: Substring) -> String? {
        guard text.hasPrefix("\"") else {
            let bare = text.trimmingSuffix { $0 == " " }
            return bare.contains { "\"{},".contains($0) } ? nil : bare
        }
        var value = ""
        var rest = text.dropFirst()
        while let character = rest.popFirst() {
            switch character {
            case "\"": return rest.allSatisfy { $0 == " " } ? value : nil
            case "\\":
                guard let escaped = rest.popFirst() else { return nil }
                // Only quotes and backslashes are escaped; a backslash of a regular expression stays.
                value += escaped == "\"" || escaped == "\\" ? "\(escaped)" : "\\\(escaped)"
            default: value.append(character)
            }
        }
        return nil
    }
}

extension Substring {
    fileprivate func trimmingSuffix(_ isTrimmed: (Character) -> Bool) -> String {
        var rest = self
        while let last = rest.last, isTrimmed(last) { rest.removeLast() }
        return String(rest)
    }
}

extension [LabelMatcher] {
    /// Whether all of them hold; none at all holds for everything.
    package func match(_ labels: [String: String], _ patterns: LabelPatterns) -> Bool {
        allSatisfy { $0.matches(labels, patterns) }
    }
}

/// Regular expressions over labels, each compiled once, and remembered for as many values as fit.
package final class LabelPatterns: Sendable {
    private let patterns = Patterns()

    package init() {}

    /// Whether the whole text matches.
    func match(_ pattern: String, _ text: String) -> Bool { patterns.match(pattern, text) }
}
