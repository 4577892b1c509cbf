import Contract

/// Readers of one kind of value each; `name` is without the prefix.
extension SettingsReader {
    package mutating func text(
        _ name: String, _ summary: String, required: Bool = false, default defaultValue: String? = nil,
        allowed: [String]? = nil, pattern: String? = nil, former: [String] = [],
        forbidden: [String: [String]] = [:], readWhen: VariableCondition? = nil, agreesOn: String? = nil
    ) -> String? {
        let variable = VariableDeclaration(
            name: Self.prefix + name, kind: .string, summary: summary, required: required, defaultValue: defaultValue,
            allowed: allowed, pattern: pattern, formerNames: former, forbidden: forbidden, readWhen: readWhen,
            agreesOn: agreesOn)
        return read(variable) { text throws(Unfit) in text }
    }

    /// - Parameters:
    ///   - format: what kind of secret it is, so that a wrong or a weak one is found before it gets here.
    ///   - role: what a JWT's `role` claim says.
    ///   - agreesOn: services whose variables say the same word get the same value.
    package mutating func secret(
        _ name: String, _ summary: String, format: ValueFormat, role: String? = nil, pattern: String? = nil,
        former: [String] = [], readWhen: VariableCondition? = nil, agreesOn: String? = nil
    ) -> Credential? {
        let variable = VariableDeclaration(
            name: Self.prefix + name, kind: .string, summary: summary, required: true, secret: true,
            pattern: pattern, formerNames: former, readWhen: readWhen, format: format, role: role, agreesOn: agreesOn)
        return read(variable) { text throws(Unfit) in Credential(text) }
    }

    package mutating func url(
        _ name: String, _ summary: String, required: Bool = false, default defaultValue: String? = nil,
        former: [String] = [], readWhen: VariableCondition? = nil
    ) -> String? {
        let variable = VariableDeclaration(
            name: Self.prefix + name, kind: .url, summary: summary, required: required, defaultValue: defaultValue,
            formerNames: former, readWhen: readWhen)
        return read(variable, SettingValues.url)
    }

    package mutating func integer(
        _ name: String, _ summary: String, default defaultValue: Int? = nil, minimum: Int = 0, maximum: Int,
        former: [String] = [], readWhen: VariableCondition? = nil
    ) -> Int? {
        let variable = VariableDeclaration(
            name: Self.prefix + name, kind: .integer, summary: summary, defaultValue: defaultValue.map(String.init),
            minimum: minimum, maximum: maximum, formerNames: former, readWhen: readWhen)
        return read(variable) { text throws(Unfit) in
            guard let value = Int(text), (minimum...maximum).contains(value) else {
                throw Unfit("must be a whole number from \(minimum) to \(maximum)")
            }
            return value
        }
    }

    package mutating func fraction(
        _ name: String, _ summary: String, readWhen: VariableCondition? = nil
    ) -> Double? {
        let variable = VariableDeclaration(
            name: Self.prefix + name, kind: .number, summary: summary, minimum: 0, maximum: 1, readWhen: readWhen)
        return read(variable) { text throws(Unfit) in
            guard let value = Double(text), (0...1).contains(value) else { throw Unfit("must be a number from 0 to 1") }
            return value
        }
    }

    package mutating func flag(_ name: String, _ summary: String, readWhen: VariableCondition? = nil) -> Bool? {
        let variable = VariableDeclaration(
            name: Self.prefix + name, kind: .boolean, summary: summary, allowed: ["true", "false"], readWhen: readWhen)
        return read(variable) { text throws(Unfit) in text == "true" }
    }

    /// - Parameters:
    ///   - minimum: seconds.
    ///   - maximum: seconds.
    package mutating func duration(
        _ name: String, _ summary: String, default defaultValue: String? = nil, minimum: Int = 0, maximum: Int,
        readWhen: VariableCondition? = nil
    ) -> Duration? {
        let variable = VariableDeclaration(
            name: Self.prefix + name, kind: .duration, summary: summary, defaultValue: defaultValue, minimum: minimum,
            maximum: maximum, readWhen: readWhen)
        return read(variable) { text throws(Unfit) in
            let value = try SettingValues.duration(text)
            guard value >= .seconds(minimum), value <= .seconds(maximum) else {
                throw Unfit("must be between \(minimum) s and \(maximum) s")
            }
            return value
        }
    }

    package mutating func list(
        _ name: String, _ summary: String, default defaultValue: String? = nil, former: [String] = [],
        forbidden: [String: [String]] = [:], format: ValueFormat? = nil
    ) -> [String] {
        let variable = VariableDeclaration(
            name: Self.prefix + name, kind: .list, summary: summary, defaultValue: defaultValue, formerNames: former,
            forbidden: forbidden, format: format)
        return read(variable) { text throws(Unfit) in SettingValues.list(text) } ?? []
    }
}
