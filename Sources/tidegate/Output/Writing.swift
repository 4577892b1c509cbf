import ControlPlane
import Definitions

extension GlobalOptions {
    /// The document as JSON if that is wanted, and otherwise what `text` makes of it.
    func write<T: Encodable>(_ document: T, text: (T) -> String) throws {
        Terminal.line(json ? try JSON.text(document) : text(document))
    }
}

enum FindingText {
    /// `file:line:column: severity: message (rule)`, which editors understand, and what to do.
    static func line(_ finding: Finding) -> String {
        let place = "\(finding.place.file):\(finding.place.line):\(finding.place.column)"
        return "\(place): \(finding.severity.rawValue): \(finding.message) [\(finding.rule)]\n    \(finding.fix)"
    }
}
