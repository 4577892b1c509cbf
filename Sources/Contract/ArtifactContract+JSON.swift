import FoundationEssentials

/// Why a document is no contract: what, where, and what to do.
package struct ContractError: Error, CustomStringConvertible, Equatable {
    package enum Kind: Sendable, Equatable {
        case notJSON
        /// Written in a version of the format that this program does not know.
        case formatVersion(Int)
        case missing
        case wrongType
        /// Well formed, but it contradicts itself.
        case contradiction
    }

    package var kind: Kind
    /// The keys that lead to the fault, joined with dots; empty for the whole document.
    package var path: String
    package var message: String

    package var description: String { message }
}

extension ArtifactContract {
    /// Reads a contract's JSON form and checks that it makes sense.
    package static func decode(_ json: [UInt8]) throws(ContractError) -> ArtifactContract {
        let decoder = JSONDecoder()
        let data = Data(json)
        do {
            let version = try decoder.decode(FormatVersion.self, from: data).contract
            guard version == formatVersion else {
                throw ContractError(
                    kind: .formatVersion(version), path: "contract",
                    message: "the contract is written in format \(version), and this program reads \(formatVersion).")
            }
            let contract = try decoder.decode(ArtifactContract.self, from: data)
            try contract.check()
            return contract
        } catch let error as ContractError {
            throw error
        } catch let error as DecodingError {
            throw ContractError(error)
        } catch {
            throw ContractError(kind: .notJSON, path: "", message: "the contract cannot be read: \(error).")
        }
    }

    /// The JSON form, with sorted keys and a final line feed, so that equal contracts are equal files.
    package func json() throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        return try Array(encoder.encode(self)) + [0x0A]
    }

    private struct FormatVersion: Decodable { var contract: Int }
}

extension ContractError {
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
