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
        try read(json, below: "") { (data, decoder) throws in
            let version = try decoder.decode(FormatVersion.self, from: data).contract
            try checkVersion(version, "contract")
            return { try decoder.decode(ArtifactContract.self, from: data) }
        }
    }

    /// Reads what a version says, then the whole; every error gets its place in the text.
    ///
    /// - Parameter key: the key under which the contract stands; empty for the document itself.
    static func read(
        _ json: [UInt8], below key: String,
        _ decode: (Data, JSONDecoder) throws -> () throws -> ArtifactContract
    ) throws(ContractError) -> ArtifactContract {
        let (outline, end) = JSONOutline.read(json)
        do {
            // The decoder's own complaint of a text that is no JSON is the better one.
            let rest = try decode(Data(json), JSONDecoder())
            // A decoder may be more lenient than the text is right: a comma too many, for example.
            guard let outline else {
                throw ContractError(kind: .notJSON, path: "", message: "the contract is not JSON.")
            }
            let own = key.isEmpty ? outline : outline.entries.first { $0.key == key }?.value
            if let own { try ContractKeys.artifact.check(own, at: key) }
            let contract = try rest()
            try contract.check()
            return contract
        } catch {
            let known =
                (error as? ContractError) ?? (error as? DecodingError).map(ContractError.init)
                ?? ContractError(kind: .notJSON, path: "", message: "the contract cannot be read: \(error).")
            // A contract does not know what it stands in.
            let isRelative = known.kind == .contradiction && !key.isEmpty
            throw known.at(outline?.start(of: isRelative ? "\(key).\(known.path)" : known.path) ?? end, in: json)
        }
    }

    static func checkVersion(_ version: Int, _ path: String) throws(ContractError) {
        guard version != formatVersion else { return }
        throw ContractError(
            kind: .formatVersion(version), path: path,
            message: "the contract is written in format \(version), and this program reads \(formatVersion).")
    }

    /// The JSON form, with sorted keys and a final line feed, so that equal contracts are equal files.
    package func json() throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        return try Array(encoder.encode(self)) + [0x0A]
    }

    struct FormatVersion: Decodable { var contract: Int }
}

extension ContractError {
    /// The error at an offset of the text, in bytes.
    func at(_ offset: Int, in text: [UInt8]) -> ContractError {
        var copy = self
        let before = text.prefix(offset)
        let lineStart = before.lastIndex(of: 0x0A).map { $0 + 1 } ?? 0
        copy.line = before.count(where: { $0 == 0x0A }) + 1
        copy.column = String(decoding: before[lineStart...], as: UTF8.self).unicodeScalars.count + 1
        return copy
    }

    init(_ error: DecodingError) {
        func path(_ context: DecodingError.Context, _ last: (any CodingKey)? = nil) -> String {
            (context.codingPath + (last.map { [$0] } ?? []))
                .map { key in key.intValue.map { "[\($0)]" } ?? key.stringValue }
                .joined(separator: ".").replacing(".[", with: "[")
        }
        switch error {
        case .keyNotFound(let key, let context):
            let path = path(context, key)
            self.init(kind: .missing, path: path, message: "the contract lacks `\(path)`.")
        case .typeMismatch(_, let context), .valueNotFound(_, let context):
            let path = path(context)
            self.init(kind: .wrongType, path: path, message: "the contract's `\(path)` has the wrong type.")
        case .dataCorrupted(let context) where !context.codingPath.isEmpty:
            let path = path(context)
            self.init(kind: .wrongType, path: path, message: "the contract's `\(path)` has a value that is not known.")
        default:
            self.init(kind: .notJSON, path: "", message: "the contract is not JSON.")
        }
    }
}
