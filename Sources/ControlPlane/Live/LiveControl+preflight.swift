import Contract
import Rollouts

extension LiveControl {
    package func preflight(
        _ environment: String, _ body: PreflightBody
    ) async throws -> AsyncThrowingStream<PreflightLine, any Error> {
        _ = try parts.environments.environment(environment)
        return try await Explanations.explaining {
            guard let preflight = parts.preflight else {
                throw Refusal("no_preflight", "This engine looks at nothing outside of it.", exit: .refused)
            }
            return try preflight.begin(environment, release: try await subject(environment, body.release), body: body)
        }
    }

    /// The release that is named, or the one that runs; nil where nothing runs.
    private func subject(_ environment: String, _ named: String?) async throws -> Release? {
        if let named { return try await parts.releases.release(named) }
        guard let current = try await parts.engine.state(environment: environment).current else { return nil }
        return try await parts.releases.release(current.release)
    }

    package func contracts(ofRelease version: String) async throws -> ReleaseContractsDocument {
        try await Explanations.explaining {
            let release = try await parts.releases.release(version)
            let contracts = try release.artifacts.map { artifact in
                (artifact.service, String(decoding: try artifact.contract.json(), as: UTF8.self))
            }
            return ReleaseContractsDocument(
                release: version, contracts: Dictionary(contracts) { first, _ in first })
        }
    }
}
