import FoundationEssentials

/// Why a document is no contract: what, where, and what to do.
package struct ContractError: Error, CustomStringConvertible, Equatable {
    package enum Kind: Sendable, Equatable {
        case notJSON
        /// Written in a version of the format that this program does not know.
        case formatVersion(Int)
        case missing
        /// A key that nobody reads, misspelt perhaps.
        case unknownKey
        case duplicateKey
        case wrongType
        /// Well formed, but it contradicts itself.
        case contradiction
    }

    package var kind: Kind
    /// The keys that lead to the fault, joined with dots; empty for the whole document.
    package var path: String
    package var message: String
    /// One sentence that says what to write, if that is known.
    package var hint: String?
    /// Where the key stands in the JSON text, or the nearest one above it; both count from 1.
    package var line = 1
    package var column = 1

    package var description: String { hint.map { "\(message) \($0)" } ?? message }
}

extension ArtifactContract {
    /// Reads a contract's JSON form and checks that it makes sense.
    package static func decode(_ json: [UInt8]) throws(ContractError) -> ArtifactContract {
        try read(json, below: nil)
    }

    /// Reads the contract out of an artifact's `artifact.json`, where it stands under `contract`.
    package static func decode(inArtifact json: [UInt8]) throws(ContractError) -> ArtifactContract {
        try read(json, below: "contract")
    }

    /// Every error gets its place in the text.
    ///
    /// - Parameter key: the key under which the contract stands; nil for the document itself.
    private static func read(_ json: [UInt8], below key: String?) throws(ContractError) -> ArtifactContract {
        let (document, end) = JSONNode.read(json)
        guard let document else { throw ContractError.notJSON.at(end, in: json) }
        do throws(ContractError) {
            let path: ContractPath = key.map { .key($0, in: .whole) } ?? .whole
            var node = document
            if let key { node = try value(of: key, in: document) }
            try checkVersion(node, path)
            try ContractKeys.artifact.check(node, at: path)
            let contract = try ArtifactContract(node, at: path)
            try contract.check()
            return contract
        } catch {
            // A contract does not know what it stands in.
            let path =
                error.kind == .contradiction ? [key, error.path].compactMap { $0 }.joined(separator: ".") : error.path
            throw error.at(document.start(of: path), in: json)
        }
    }

    private static func value(of key: String, in artifact: JSONNode) throws(ContractError) -> JSONNode {
        guard case .object(let members) = artifact.value else { throw ContractPath.whole.wrongType }
        let found = members.filter { $0.key == key }
        guard let first = found.first else {
            throw ContractError(kind: .missing, path: key, message: "the artifact lacks `\(key)`.")
        }
        guard found.count == 1 else { throw ContractError.duplicate(.key(key, in: .whole)) }
        return first.value
    }

    /// What another version means nobody knows, so that it is told before anything else.
    private static func checkVersion(_ node: JSONNode, _ path: ContractPath) throws(ContractError) {
        guard case .object(let members) = node.value else { throw path.wrongType }
        let path = ContractPath.key(CodingKeys.contract.stringValue, in: path)
        guard let member = members.first(where: { $0.key == CodingKeys.contract.stringValue }) else {
            throw ContractError(kind: .missing, path: path.text, message: "the contract lacks `\(path.text)`.")
        }
        let version = try Int(member.value, at: path)
        guard version != formatVersion else { return }
        throw ContractError(
            kind: .formatVersion(version), path: path.text,
            message: "the contract is written in format \(version), and this program reads \(formatVersion).")
    }

    /// The JSON form, with sorted keys and a final line feed, so that equal contracts are equal files.
    package func json() throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        return try Array(encoder.encode(self)) + [0x0A]
    }
}

extension ContractError {
    /// The error at an offset of the text, in bytes.
    func at(_ offset: Int, in text: [UInt8]) -> ContractError {
        var copy = self
        copy.message = Self.printable(message)
        copy.hint = hint.map(Self.printable)
        let before = text.prefix(offset)
        let lineStart = before.lastIndex(of: 0x0A).map { $0 + 1 } ?? 0
        copy.line = before.count(where: { $0 == 0x0A }) + 1
        copy.column = String(decoding: before[lineStart...], as: UTF8.self).unicodeScalars.count + 1
        return copy
    }

    static func duplicate(_ path: ContractPath) -> ContractError {
        let path = path.text
        return ContractError(kind: .duplicateKey, path: path, message: "the contract has `\(path)` twice.")
    }

    static let notJSON = ContractError(kind: .notJSON, path: "", message: "the contract is not JSON.")

    /// Without characters that a terminal obeys: names come out of the text with their escapes resolved.
    private static func printable(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) else { return text }
        return text.unicodeScalars.reduce(into: "") { result, scalar in
            let isControl = scalar.properties.generalCategory == .control
            result += isControl ? "\\u{\(String(scalar.value, radix: 16))}" : String(scalar)
        }
    }
}
