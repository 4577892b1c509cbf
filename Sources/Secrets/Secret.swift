/// A value that cannot be printed, logged, encoded or compared by accident. `reveal()` is the only way out, and easy
/// to search for.
///
/// It is neither `Encodable` nor `Equatable` nor `Hashable`, and the compiler refuses it in a text's `\(…)`. Two are
/// compared by their keyed digests.
package struct Secret: Sendable {
    private let value: String

    package init(_ value: String) { self.value = value }

    /// The value itself: for a process's environment, a seal or a keyed digest, and nothing else.
    package func reveal() -> String { value }

    package var isEmpty: Bool { value.isEmpty }
}

extension Secret: CustomReflectable {
    /// Shows no child, so that `dump` and interpolated containers reveal nothing.
    package var customMirror: Mirror { Mirror(self, children: EmptyCollection<Mirror.Child>()) }
}

/// What containers of secrets show in their place.
extension Secret: CustomStringConvertible, CustomDebugStringConvertible {
    package var description: String { "•••" }
    package var debugDescription: String { "•••" }
}

extension DefaultStringInterpolation {
    @available(*, unavailable, message: "a secret does not belong into a text")
    package mutating func appendInterpolation(_ value: Secret) {}

    @available(*, unavailable, message: "a secret does not belong into a text")
    package mutating func appendInterpolation(_ value: Secret?) {}
}
