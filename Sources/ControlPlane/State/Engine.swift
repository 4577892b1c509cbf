import FoundationEssentials

/// The control plane of one project, from the lock to the last service's end.
package struct Engine: Sendable {
    let project: Project
    /// Nil takes 127.0.0.1:7070, or a free port when that is taken.
    let listen: ListenAddress?

    package init(project: Project, listen: ListenAddress?) {
        self.project = project
        self.listen = listen
    }

    /// Serves until SIGTERM or SIGINT.
    /// - Parameter say: told the address once it listens.
    package func serve(say: @Sendable @escaping (String) -> Void) async throws {
        throw Refusal("fault", "Not there yet.", exit: .checkFailed)
    }
}
