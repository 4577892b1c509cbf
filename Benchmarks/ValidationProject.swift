import Contract
import Foundation

/// Three environments of so many variables, a contract that declares them all, and the same values as files that other
/// checkers read.
struct ValidationProject {
    var variables: Int
    private let environments = ["dev", "staging", "production"]

    func write(to folder: URL) throws {
        for name in ["environments", "contracts", "smoke"] {
            try FileManager.default.createDirectory(
                at: folder.appending(path: name), withIntermediateDirectories: true)
        }
        try Data(contract.json()).write(to: folder.appending(path: "contracts/api.json"))
        try Data("suite: health\nsteps: []\n".utf8).write(to: folder.appending(path: "smoke/health.yaml"))
        for name in environments {
            try Data(definition(name).utf8).write(to: folder.appending(path: "environments/\(name).yaml"))
            try Data(dotenv(name).utf8).write(to: folder.appending(path: ".env.\(name)"))
        }
        try Data(settings.utf8).write(to: folder.appending(path: "settings.py"))
    }

    private func name(_ index: Int) -> String { "SERVICE_SETTING_\(index)" }

    /// A kind each in turn: text, whole number, address, truth value.
    private func value(_ index: Int, _ environment: String) -> String {
        switch index % 4 {
        case 0: "\(environment)-value-\(index)"
        case 1: "\(index)"
        case 2: "https://host-\(index).tidegate.dev/path"
        default: index % 8 == 3 ? "true" : "false"
        }
    }

    private var contract: ArtifactContract {
        let kinds: [VariableKind] = [.string, .integer, .url, .boolean]
        let declared = (0..<variables).map { index in
            VariableDeclaration(
                name: name(index), kind: kinds[index % 4], summary: "setting \(index)", required: true,
                minimum: index % 4 == 1 ? 0 : nil, maximum: index % 4 == 1 ? 1_000_000 : nil)
        }
        return ArtifactContract(
            service: "api", variables: [VariableDeclaration(name: "PORT", kind: .integer, summary: "port")] + declared,
            portVariable: "PORT", paths: ContractPaths(liveness: "/live", readiness: "/ready"),
            startBudgetSeconds: 10, drainSeconds: 5)
    }

    private func definition(_ environment: String) -> String {
        var text = """
            environment: \(environment)
            services:
              api: { replicas: 2, strategy: rolling, port: 8000 }
            strategies:
              rolling:
                - smoke
                - weight: 100%
                - bake: { for: 5m, requests: 100, otherwise: hold }
            smoke: [smoke/health.yaml]
            thresholds:
              health: { failures: { more-than: 3 } }
              error-rate: { above: 5%, for: 5m }
              latency: { above: 2x baseline, for: 5m }
            variables:

            """
        for index in 0..<variables { text += "  \(name(index)): \(value(index, environment))\n" }
        return text
    }

    private func dotenv(_ environment: String) -> String {
        (0..<variables).map { "\(name($0))=\(value($0, environment))" }.sorted().joined(separator: "\n") + "\n"
    }

    /// The same declarations for pydantic-settings.
    private var settings: String {
        let types = ["str", "Annotated[int, Field(ge=0, le=1000000)]", "AnyUrl", "bool"]
        return """
            from typing import Annotated
            from pydantic import AnyUrl, Field
            from pydantic_settings import BaseSettings, SettingsConfigDict

            class Settings(BaseSettings):
                model_config = SettingsConfigDict(extra="forbid")

            """ + (0..<variables).map { "    \(name($0).lowercased()): \(types[$0 % 4])\n" }.joined() + """

                if __name__ == "__main__":
                    for name in ("dev", "staging", "production"):
                        Settings(_env_file=f".env.{name}")

                """
    }
}
