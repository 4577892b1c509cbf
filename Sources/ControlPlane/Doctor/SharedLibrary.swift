import CLibraries

/// A library that is loaded when it is first needed. The engine loads all of them before it begins, so that none is found
/// missing in the middle of a rollout.
package enum SharedLibrary: CaseIterable, Sendable {
    case curl, postgres

    /// Its file's name, under which the system looks for it.
    package var file: String {
        switch self {
        case .curl: TIDE_CURL_LIBRARY
        case .postgres: TIDE_POSTGRES_LIBRARY
        }
    }

    var package: String {
        switch self {
        case .curl: "libcurl4"
        case .postgres: "libpq5"
        }
    }

    var purpose: String {
        switch self {
        case .curl: "speaks HTTP with instances, providers and receivers of alerts"
        case .postgres: "speaks with PostgreSQL"
        }
    }

    /// Why it cannot be loaded; nil when it can, and then it is.
    package func problem() -> String? { tide_library_problem(file).map { String(cString: $0) } }

    /// Loads all of them.
    package static func loadAll() throws(Refusal) {
        for library in allCases {
            guard let problem = library.problem() else { continue }
            throw Refusal(
                "missing_library",
                "\(library.file), which \(library.purpose), cannot be loaded (\(problem)). "
                    + "Install it: apt-get install \(library.package)", exit: .checkFailed)
        }
    }
}
