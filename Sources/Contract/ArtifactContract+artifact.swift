import FoundationEssentials

extension ArtifactContract {
    /// Reads the contract out of an artifact's `artifact.json`, where it stands under `contract`.
    package static func decode(inArtifact json: [UInt8]) throws(ContractError) -> ArtifactContract {
        do {
            let artifact = try JSONDecoder().decode(Artifact.self, from: Data(json))
            guard artifact.contract.contract == formatVersion else {
                let version = artifact.contract.contract
                throw ContractError(
                    kind: .formatVersion(version), path: "contract.contract",
                    message: "the contract is written in format \(version), and this program reads \(formatVersion).")
            }
            try artifact.contract.check()
            return artifact.contract
        } catch let error as ContractError {
            throw error
        } catch let error as DecodingError {
            throw ContractError(error)
        } catch {
            throw ContractError(kind: .notJSON, path: "", message: "the artifact cannot be read: \(error).")
        }
    }

    private struct Artifact: Decodable { var contract: ArtifactContract }
}
