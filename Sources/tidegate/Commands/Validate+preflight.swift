import ControlPlane
import Definitions
import Operations

/// What `validate` does when it is to look beyond the files.
struct ValidationOfTheWorld {
    let connection: Connection
    let release: String?
    let limits: [String: Double]

    /// Looks at the environments one after another.
    func documents(_ environments: [String], isLive: Bool) async throws -> [PreflightDocument] {
        var documents: [PreflightDocument] = []
        for environment in environments {
            let view = PreflightView(isLive: isLive)
            let body = PreflightBody(
                release: release, secrets: try await connection.carriedSecrets(for: environment), limits: limits)
            documents.append(
                try await connection.client.preflight(environment, body) { view.tell($0) })
        }
        return documents
    }

    /// `KIND=DURATION` as seconds by kind.
    static func limits(_ texts: [String]) throws -> [String: Double] {
        var limits: [String: Double] = [:]
        for text in texts {
            let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
            guard parts.count == 2, CheckKind(rawValue: parts[0]) != nil, let limit = Quantity.duration(parts[1])
            else {
                throw Refusal(
                    "unknown_limit",
                    "--time-limit \(text) is no KIND=DURATION such as database=20s; kinds are "
                        + "\(CheckKind.allCases.map(\.rawValue).joined(separator: ", ")).", exit: .usage)
            }
            limits[parts[0]] = limit / .seconds(1)
        }
        return limits
    }

    /// Of several environments, what weighs most: a wrong definition, then a failed check, then silence.
    static func exit(_ documents: [PreflightDocument]) -> ExitStatus? {
        let exits = documents.map(\.exit)
        return [ExitStatus.invalidDefinition, .checkFailed, .unreachable].first(where: exits.contains)
    }
}
