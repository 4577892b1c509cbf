import FoundationEssentials

extension ArtifactContract {
    /// Reads the contract out of an artifact's `artifact.json`, where it stands under `contract`.
    package static func decode(inArtifact json: [UInt8]) throws(ContractError) -> ArtifactContract {
        try read(json, below: "contract") { (data, decoder) throws in
            let version = try decoder.decode(Versioned.self, from: data).contract.contract
            try checkVersion(version, "contract.contract")
            return { try decoder.decode(Artifact.self, from: data).contract }
        }
    }

    private struct Versioned: Decodable { var contract: FormatVersion }
    private struct Artifact: Decodable { var contract: ArtifactContract }
}
