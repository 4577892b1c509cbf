import Documents
import Foundation
import Testing

@Suite struct `The committed contracts` {
    @Test(arguments: PipelineContracts.services)
    func `are what the modules say`(_ service: String) throws {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let file = root.appendingPathComponent("contracts/\(service).json")
        let contract = try #require(PipelineContracts.contract(of: service))
        #expect(
            try String(contentsOf: file, encoding: .utf8) == PipelineContracts.json(contract) + "\n",
            "run: pipeline contract \(service) > contracts/\(service).json")
    }
}
