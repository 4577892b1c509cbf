import ArgumentParser
import Documents
import Foundation
import Worker

struct WorkerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "worker", abstract: "Parse, chunk and embed uploaded documents.",
        discussion: """
            Reads its variables from the environment; `pipeline contract worker` lists them. Started by a platform, it \
            takes no jobs until it is given a share of them; started by hand, it takes them all.
            """)

    func run() async throws {
        let environment = ProcessInfo.processInfo.environment
        let settings = try WorkerSettings.load(module: "worker", environment: environment)
        let identity = InstanceIdentity(contract: PipelineContracts.worker, environment: environment)
        let logger = Serving.logger(
            "worker", level: settings.common.logLevel, identity, secrets: identity.secrets(in: environment))
        try await Serving.listening(on: settings.common.port, setting: "UPLOAD_PIPELINE_PORT") {
            try await WorkerModule.run(environment: environment, logger: logger)
        }
    }
}
