import ArgumentParser
import Documents
import Foundation

struct ContractCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "contract", abstract: "Print what a module says it needs, as JSON.")

    @Argument(help: "api or worker.") var service: String

    func run() throws {
        guard let contract = PipelineContracts.contract(of: service) else {
            throw ValidationError("There is no module \(service); choose api or worker.")
        }
        print(try PipelineContracts.json(contract))
    }
}
