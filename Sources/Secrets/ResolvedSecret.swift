/// A value that a provider gave, with the provider's own word for which one it was.
package struct ResolvedSecret: Sendable {
    package var value: Secret
    /// Such as `7` in Vault; nil where the provider counts none.
    package var version: String?

    package init(value: Secret, version: String? = nil) {
        self.value = value
        self.version = version
    }
}
