import ServiceLifecycle

/// A service that logs show by its name. Without it they show the service's whole contents, the variables that it was
/// started with among them.
package struct NamedService: Service, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    private let base: any Service
    package let description: String

    package init(_ base: any Service) {
        self.base = base
        description = "\(type(of: base))"
    }

    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: EmptyCollection<Mirror.Child>()) }

    package func run() async throws { try await base.run() }
}
