/// The values of labels in OpenMetrics (section "ABNF", `escaped-char`).
package enum MetricLabel {
    /// What stands between the quotes.
    package static func escaped(_ value: String) -> String {
        value.reduce(into: "") { text, character in
            switch character {
            case "\\": text += "\\\\"
            case "\"": text += "\\\""
            case "\n": text += "\\n"
            default: text.append(character)
            }
        }
    }
}
