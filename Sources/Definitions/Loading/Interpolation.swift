/// `${name}` in values; `$${` is a plain `${`.
enum Interpolation {
    struct Failure: Error {
        /// What the text uses that cannot be replaced.
        var what: String
    }

    static func expand(_ text: String, values: [String: String]) -> Result<String, Failure> {
        guard text.utf8.contains(UInt8(ascii: "$")) else { return .success(text) }
        var result = ""
        var rest = text[...]
        while let dollar = rest.firstIndex(of: "$") {
            result += rest[..<dollar]
            rest = rest[dollar...]
            if rest.hasPrefix("$${") {
                result += "${"
                rest = rest.dropFirst(3)
            } else if rest.hasPrefix("${") {
                guard let end = rest.firstIndex(of: "}") else { return .failure(Failure(what: "`${` without a `}`")) }
                let name = String(rest[..<end].dropFirst(2))
                guard let value = values[name] else {
                    return .failure(Failure(what: "`${\(name.prefix(40))}`, which stands for nothing"))
                }
                result += value
                rest = rest[rest.index(after: end)...]
            } else {
                result += "$"
                rest = rest.dropFirst()
            }
        }
        return .success(result + rest)
    }
}
