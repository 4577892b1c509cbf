/// Masks secret values in text that people or machines will read.
package struct Redactor: Sendable {
    private let values: [String]

    /// Values shorter than four characters are left out: masking them would blacken ordinary text.
    package init(_ secrets: some Sequence<Secret>) {
        values = Set(secrets.map { $0.reveal() }.filter { $0.count >= 4 }).sorted { $0.count > $1.count }
    }

    package func mask(_ text: String) -> String {
        values.reduce(text) { masked, value in
            masked.contains(value) ? masked.replacing(value, with: "•••") : masked
        }
    }
}
