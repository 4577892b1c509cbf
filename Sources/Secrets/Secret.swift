/// A value that cannot be printed, logged, encoded or compared by accident. `reveal()` is the only way out, and easy
/// to search for.
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

extension Secret: CustomStringConvertible, CustomDebugStringConvertible {
    package var description: String { "•••" }
    package var debugDescription: String { "•••" }
}
