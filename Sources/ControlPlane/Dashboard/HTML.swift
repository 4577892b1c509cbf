/// A piece of a page. Text and attribute values are escaped when rendered and there is no way around it; names of
/// elements and attributes are literals in this program.
enum HTML: Sendable {
    case text(String)
    case element(StaticString, [Attribute], [HTML])
    case group([HTML])

    struct Attribute: Sendable {
        var name: StaticString
        /// Nil for an attribute without a value, such as `open`.
        var value: String?
        /// Whether it leads somewhere in the dashboard.
        var isAddress = false
    }

    static let nothing = HTML.group([])

    /// - Parameter prefix: what addresses of the dashboard begin with, such as `/tidegate`.
    func render(under prefix: String = "") -> String {
        var output = ""
        render(into: &output, under: prefix)
        return output
    }

    private func render(into output: inout String, under prefix: String) {
        switch self {
        case .text(let text): HTML.escape(text, into: &output)
        case .group(let children): for child in children { child.render(into: &output, under: prefix) }
        case .element(let name, let attributes, let children):
            output += "<\(name)"
            for attribute in attributes {
                output += " \(attribute.name)"
                if let value = attribute.value {
                    output += "=\""
                    if attribute.isAddress, value.hasPrefix("/") { HTML.escape(prefix, into: &output) }
                    HTML.escape(value, into: &output)
                    output += "\""
                }
            }
            output += ">"
            if HTML.isVoid(name) { return }
            for child in children { child.render(into: &output, under: prefix) }
            output += "</\(name)>"
        }
    }

    private static func escape(_ text: String, into output: inout String) {
        for character in text.unicodeScalars {
            switch character {
            case "&": output += "&amp;"
            case "<": output += "&lt;"
            case ">": output += "&gt;"
            case "\"": output += "&quot;"
            case "'": output += "&#39;"
            default: output.unicodeScalars.append(character)
            }
        }
    }

    private static func isVoid(_ name: StaticString) -> Bool {
        ["meta", "link", "br", "hr", "img", "input"].contains("\(name)")
    }
}

extension HTML: ExpressibleByStringLiteral, ExpressibleByStringInterpolation {
    init(stringLiteral value: String) { self = .text(value) }
}

extension HTML.Attribute {
    static func `class`(_ names: String...) -> Self { .init(name: "class", value: names.joined(separator: " ")) }
    static func href(_ address: String) -> Self { Self.address("href", address) }
    /// - Parameter address: from the dashboard's own `/` on, or within the page.
    static func address(_ name: StaticString, _ address: String) -> Self {
        .init(name: name, value: address, isAddress: true)
    }

    static func id(_ id: String) -> Self { .init(name: "id", value: id) }
    static func title(_ text: String) -> Self { .init(name: "title", value: text) }
    static func attribute(_ name: StaticString, _ value: String? = nil) -> Self { .init(name: name, value: value) }
}

/// Collects children; strings become text, optionals and loops what they hold.
@resultBuilder
enum HTMLBuilder {
    static func buildExpression(_ html: HTML) -> [HTML] { [html] }
    static func buildExpression(_ text: String) -> [HTML] { [.text(text)] }
    static func buildExpression(_ html: [HTML]) -> [HTML] { html }
    static func buildBlock(_ parts: [HTML]...) -> [HTML] { parts.flatMap { $0 } }
    static func buildOptional(_ part: [HTML]?) -> [HTML] { part ?? [] }
    static func buildEither(first part: [HTML]) -> [HTML] { part }
    static func buildEither(second part: [HTML]) -> [HTML] { part }
    static func buildArray(_ parts: [[HTML]]) -> [HTML] { parts.flatMap { $0 } }
}

func tag(
    _ name: StaticString, _ attributes: HTML.Attribute..., @HTMLBuilder content: () -> [HTML] = { [] }
) -> HTML {
    .element(name, attributes, content())
}
