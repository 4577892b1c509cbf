import Foundation

/// One target of the manifest and the targets and products that its line names.
struct ManifestTarget {
    enum Kind: Equatable { case system, regular, test }

    var name: String
    var kind: Kind
    var folder: String
    var allowed: Set<String>
}

/// The targets as the manifest's text declares them. Read as text, because `swift package dump-package` waits for the lock
/// that `swift test` holds while the tests run.
struct Manifest {
    var targets: [ManifestTarget] = []

    init(_ text: String) {
        var products: [String: String] = [:]
        for match in text.matches(of: /let (\w+) = Target\.Dependency\.product\(name: "(\w+)"/) {
            products[String(match.1)] = String(match.2)
        }
        guard let start = text.firstRange(of: "    targets: [\n") else { return }
        let calls = /(?m)^        (\.systemLibrary|\.target|library|program|tests)\(/
        for call in text[start.upperBound...].matches(of: calls) {
            targets.append(Self.target(String(call.1), balanced(text[call.range.upperBound...], "(", ")"), products))
        }
    }

    private static func target(_ call: String, _ arguments: Substring, _ products: [String: String]) -> ManifestTarget {
        let name = arguments.firstMatch(of: /"(\w+)"/).map { String($0.1) } ?? ""
        let path = arguments.firstMatch(of: /path: "([^"]+)"/).map { String($0.1) }
        var allowed: Set<String> = []
        let labelled = arguments.firstRange(of: "dependencies: [")?.upperBound
        let first = call.hasPrefix(".") ? labelled : arguments.firstIndex(of: "[").map { arguments.index(after: $0) }
        if let first {
            let names = balanced(arguments[first...], "[", "]")
            for word in names.matches(of: /"(\w+)"|(\w+)/) {
                if let quoted = word.1 { allowed.insert(String(quoted)) }
                if let constant = word.2, let product = products[String(constant)] { allowed.insert(product) }
            }
        }
        switch call {
        case "tests":
            return ManifestTarget(name: "\(name)Tests", kind: .test, folder: "Tests/\(name)", allowed: allowed)
        default:
            let kind: ManifestTarget.Kind = call == ".systemLibrary" ? .system : .regular
            return ManifestTarget(name: name, kind: kind, folder: path ?? "Sources/\(name)", allowed: allowed)
        }
    }
}

/// What stands before the bracket that closes the one before `text`.
private func balanced(_ text: Substring, _ open: Character, _ close: Character) -> Substring {
    var depth = 1
    for index in text.indices {
        if text[index] == open { depth += 1 }
        if text[index] == close { depth -= 1 }
        if depth == 0 { return text[..<index] }
    }
    return text
}
