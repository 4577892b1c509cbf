/// A number that is stored to the bit whatever it is: JSON has finite ones as numbers, the others as "NaN", "Infinity"
/// and "-Infinity". Two are equal when their bits are, and any NaN equals any other.
@propertyWrapper
package struct Exact: Codable, Sendable, Equatable {
    package var wrappedValue: Double

    package init(wrappedValue: Double) { self.wrappedValue = wrappedValue }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        do {
            wrappedValue = try container.decode(Double.self)
        } catch DecodingError.typeMismatch {
            switch try container.decode(String.self) {
            case "NaN": wrappedValue = .nan
            case "Infinity": wrappedValue = .infinity
            case "-Infinity": wrappedValue = -.infinity
            case let text:
                throw DecodingError.dataCorruptedError(
                    in: container,
                    debugDescription: "\"\(text)\" is no number; write one, or NaN, Infinity or -Infinity in quotes")
            }
        }
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        if wrappedValue.isFinite {
            try container.encode(wrappedValue)
        } else {
            try container.encode(wrappedValue.isNaN ? "NaN" : wrappedValue > 0 ? "Infinity" : "-Infinity")
        }
    }

    package static func == (a: Self, b: Self) -> Bool {
        let (a, b) = (a.wrappedValue, b.wrappedValue)
        return a.isNaN ? b.isNaN : a.bitPattern == b.bitPattern
    }
}

/// A row of numbers, each stored as `Exact` stores it.
@propertyWrapper
package struct ExactSeries: Codable, Sendable, Equatable {
    package var wrappedValue: [Double]

    package init(wrappedValue: [Double]) { self.wrappedValue = wrappedValue }

    package init(from decoder: any Decoder) throws {
        wrappedValue = try decoder.singleValueContainer().decode([Exact].self).map(\.wrappedValue)
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(wrappedValue.map(Exact.init))
    }

    package static func == (a: Self, b: Self) -> Bool {
        a.wrappedValue.map(Exact.init) == b.wrappedValue.map(Exact.init)
    }
}
