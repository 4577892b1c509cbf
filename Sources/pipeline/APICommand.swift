import API
import ArgumentParser
import Documents
import Foundation
import HTTPClient
import Storage

struct APICommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "api", abstract: "Serve the HTTP API on 127.0.0.1.",
        discussion: "Reads its variables from the environment; `pipeline contract api` lists them.")

    func run() async throws {
        let environment = ProcessInfo.processInfo.environment
        let settings = try APISettings.load(module: "api", environment: environment)
        let identity = InstanceIdentity(contract: PipelineContracts.api, environment: environment)
        let logger = Serving.logger(
            "api", level: settings.common.logLevel, identity, secrets: identity.secrets(in: environment))
        let database = try Databases.open(address: settings.common.databaseURL.reveal())
        let http = MeasuredHTTP(HTTPClient(name: "api"), random: RandomBytes.make)
        let server = APIServer(
            settings: settings, identity: identity, database: database,
            storage: try settings.common.storage.open(http: http),
            providers: ServiceRouter(
                settings: settings.common.providers, http: http, formFolder: settings.common.storage.folder),
            calls: http,
            logger: logger)
        try await Serving.listening(on: settings.common.port, setting: "UPLOAD_PIPELINE_PORT") {
            try await Serving.run(server, logger: logger)
        }
        await database.close()
    }
}
