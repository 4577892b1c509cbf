/// What a value must be like.
enum Matcher: Sendable, Equatable {
    enum Order: String, Sendable, CaseIterable {
        case atMost = "<=", atLeast = ">=", less = "<", more = ">"

        func holds<T: Comparable>(_ value: T, _ limit: T) -> Bool {
            switch self {
            case .less: value < limit
            case .atMost: value <= limit
            case .more: value > limit
            case .atLeast: value >= limit
            }
        }
    }

    case equal(JSONScalar)
    case different(JSONScalar)
    case ordered(Order, Double)
    /// A regular expression that occurs in the text.
    case matches(pattern: String)
    case contains(Template)
    case exists
    case absent
    case empty
    case type(String)
    indirect case count(Matcher)

    /// What a literal is: typed when it stood plain, text with references otherwise.
    enum JSONScalar: Sendable, Equatable {
        case value(JSON)
        case text(Template)

        func value(_ values: inout SmokeValues) throws(SmokeFailure) -> JSON {
            switch self {
            case .value(let value): value
            case .text(let template): try template.value(&values)
            }
        }
    }

    var references: [String] {
        switch self {
        case .equal(.text(let template)), .different(.text(let template)), .contains(let template): template.references
        case .count(let matcher): matcher.references
        default: []
        }
    }

    /// - Parameter found: what the path led to; several with `[*]`, of which one must do.
    /// - Returns: what was expected, in words, when it is not met; nil when it is.
    func unmet(by found: [JSON], _ values: inout SmokeValues) throws(SmokeFailure) -> String? {
        switch self {
        case .exists: return found.isEmpty ? "should exist" : nil
        case .absent: return found.isEmpty ? nil : "should be absent"
        case .equal(let literal):
            let wanted = try literal.value(&values)
            return found.contains { Matcher.same($0, wanted) } ? nil : "should be \(wanted.compact)"
        case .different(let literal):
            let other = try literal.value(&values)
            return !found.isEmpty && found.allSatisfy { !Matcher.same($0, other) }
                ? nil : "should not be \(other.compact)"
        case .contains(let template):
            let part = try template.text(&values)
            return found.contains { Matcher.contains($0, part) } ? nil : "should contain \"\(part)\""
        case .ordered(let order, let limit):
            let wanted = "should be \(order.rawValue) \(JSON.number(limit).text)"
            return found.contains { Matcher.number($0).map { order.holds($0, limit) } ?? false } ? nil : wanted
        case .matches(let pattern):
            return try Matcher.matches(found, pattern) ? nil : "should match ~\(pattern)"
        case .empty:
            return found.contains { $0 == .null || $0.count == 0 } ? nil : "should be empty"
        case .type(let name):
            return found.contains { Matcher.isKind($0, name) } ? nil : "should be of type \(name)"
        case .count(let matcher):
            let counts = found.compactMap { $0.count.map { JSON.number(Double($0)) } }
            return try matcher.unmet(by: counts, &values).map { "count \($0)" }
        }
    }

    private static func same(_ found: JSON, _ wanted: JSON) -> Bool {
        if found == wanted { return true }
        // What was interpolated is text; a number or truth value of the same writing is the same.
        guard case .string(let text) = wanted else { return false }
        switch found {
        case .number, .boolean: return found.text == text
        default: return false
        }
    }

    private static func contains(_ found: JSON, _ part: String) -> Bool {
        switch found {
        case .string(let text): text.contains(part)
        case .array(let elements): elements.contains { $0.text == part }
        case .object(let members): members[part] != nil
        default: false
        }
    }

    private static func number(_ found: JSON) -> Double? {
        switch found {
        case .number(let value): value
        case .string(let text): Double(text)
        default: nil
        }
    }

    private static func isKind(_ found: JSON, _ name: String) -> Bool {
        if name == "integer", case .number(let value) = found { return Int(exactly: value) != nil }
        return found.kind == name
    }

    private static func matches(_ found: [JSON], _ pattern: String) throws(SmokeFailure) -> Bool {
        do {
            let expression = try Regex(pattern)
            return found.contains { $0.text.firstMatch(of: expression) != nil }
        } catch {
            throw .unexpected("~\(pattern) is not a regular expression")
        }
    }
}

/// Which statuses are expected: `200`, `2xx`, or several of them.
struct StatusMatcher: Sendable, Equatable {
    let text: String
    private let accepted: Set<Int>

    init?(_ words: [String]) {
        var accepted: Set<Int> = []
        for word in words {
            if word.count == 3, word.hasSuffix("xx"), let hundred = word.first?.wholeNumberValue,
                (1...5).contains(hundred)
            {
                accepted.formUnion(hundred * 100..<(hundred + 1) * 100)
            } else if word.count == 3, let code = Int(word), (100...599).contains(code) {
                accepted.insert(code)
            } else {
                return nil
            }
        }
        guard !accepted.isEmpty else { return nil }
        self.accepted = accepted
        text = words.joined(separator: " or ")
    }

    func accepts(_ status: Int) -> Bool { accepted.contains(status) }

    /// Whether nothing may be there.
    var isAbsence: Bool { accepted == [404] }
}
