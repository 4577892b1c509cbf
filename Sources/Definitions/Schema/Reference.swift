/// What a file may say at one place, as the reference document describes it.
package indirect enum Shape: Sendable, Equatable {
    case scalar(ScalarType, default: String?)
    /// A list whose elements have one of these shapes.
    case list([Shape])
    /// Known keys, and the shape of every other one where names are free.
    case mapping([KeyShape], free: KeyShape?)
}

/// A key with its documentation.
package struct KeyShape: Sendable, Equatable {
    /// For free names the placeholder, such as `<service>`.
    package var name: String
    package var required: Bool
    /// What the comment above the key says.
    package var summary: String
    package var shape: Shape
}

package enum ScalarType: Sendable, Equatable {
    case text, name, path, url, boolean, percentage, quantile, duration, factor, money
    /// A number, or a factor of the old bundle's.
    case limit
    /// A variable's value: text, a number, a truth value, or a list of them.
    case value
    case integer(ClosedRange<Int>)
    case choice([String])
}

/// The reference document: every key that environment files may have.
package struct Reference: Sendable {
    package var keys: [KeyShape]

    /// The reference that this program was built with: `environments/reference.yaml`.
    package static func builtIn() throws(ReferenceError) -> Reference { try embedded.get() }

    /// Read once: it never changes.
    private static let embedded = Result { () throws(ReferenceError) in
        try Reference(parsing: PackageResources.reference_yaml)
    }

    /// Every key's path, with the placeholders of free names: `services.<service>.replicas`.
    package var paths: [String] {
        Self.paths(of: .mapping(keys, free: nil), under: "")
    }

    private static func paths(of shape: Shape, under prefix: String) -> [String] {
        switch shape {
        case .scalar: []
        case .list(let elements): elements.flatMap { paths(of: $0, under: prefix) }
        case .mapping(let keys, let free):
            (keys + (free.map { [$0] } ?? [])).flatMap { key in
                let path = prefix.isEmpty ? key.name : "\(prefix).\(key.name)"
                return [path] + paths(of: key.shape, under: path)
            }
        }
    }
}

/// The reference document itself is wrong: a fault of this program, found by its tests.
package struct ReferenceError: Error, CustomStringConvertible {
    package var line: Int
    package var message: String
    package var description: String { "environments/reference.yaml:\(line): \(message)" }
}
