import CLibraries

/// A library that is loaded when it is first needed. The engine loads all of them before it begins, so that none is found
/// missing in the middle of a rollout.
package struct SharedLibrary: Sendable {
    /// Its file's name, under which the system looks for it.
    package var file: String
    /// Debian's package.
    var package: String
    /// What it is needed for, as the end of "FILE, which …".
    var purpose: String

    package init(file: String, package: String, purpose: String) {
        self.file = file
        self.package = package
        self.purpose = purpose
    }

    package static let curl = SharedLibrary(
        file: TIDE_CURL_LIBRARY, package: "libcurl4",
        purpose: "speaks HTTP with the engine, instances, providers and receivers of alerts")
    package static let postgres = SharedLibrary(
        file: TIDE_POSTGRES_LIBRARY, package: "libpq5", purpose: "speaks with PostgreSQL")
    package static let all = [curl, postgres]

    /// Why it cannot be loaded, or which function it lacks; nil when all is there, and then it is loaded.
    package func problem() -> String? { tide_library_problem(file).map { String(cString: $0) } }

    /// Loads libraries; of those that cannot be, the first is told.
    package static func load(_ libraries: [SharedLibrary] = all) throws(Refusal) {
        for library in libraries {
            guard let problem = library.problem() else { continue }
            throw Refusal(
                "missing_library",
                "\(library.file), which \(library.purpose), cannot be loaded (\(problem)). "
                    + "Install it: apt-get install \(library.package)", exit: .checkFailed)
        }
    }
}
