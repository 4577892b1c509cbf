import Contract
import FoundationEssentials
import HTTPClient
import Rollouts
import Secrets

/// Asks instances what they run: the keyed digests of their values over the control path, and what their readiness body
/// says is in effect.
package struct InstanceReader: Sendable {
    private let http: any HTTPSending
    private let controlToken: @Sendable (_ environment: String) -> Secret

    package init(http: any HTTPSending, controlToken: @Sendable @escaping (_ environment: String) -> Secret) {
        self.http = http
        self.controlToken = controlToken
    }

    /// `{"variables": {NAME: digest, …}, …}`, or the names and digests alone.
    private struct Configuration: Decodable {
        var variables: [String: String]

        private enum Key: String, CodingKey { case variables }

        init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: Key.self)
            if let inner = try container.decodeIfPresent([String: String].self, forKey: .variables) {
                variables = inner
            } else {
                variables = try [String: String](from: decoder)
            }
        }
    }

    /// - Returns: nil when it has no address to be asked at.
    package func report(_ instance: Instance, contract: ArtifactContract) async -> InstanceReport? {
        guard instance.alive, let url = instance.url else { return nil }
        do throws(InstanceSilence) {
            let digests = try await digests(url, contract, environment: instance.environment)
            let body = try await readiness(url, contract)
            return .says(digests: digests, effective: EffectiveValues.read(body, contract: contract))
        } catch {
            return .silent(reason: error.reason)
        }
    }

    private struct InstanceSilence: Error { var reason: String }

    /// Nil when the contract has no such path: then the digest of the whole configuration, which its health reports, is
    /// all that there is.
    private func digests(
        _ url: String, _ contract: ArtifactContract, environment: String
    ) async throws(InstanceSilence) -> [String: String]? {
        guard let path = contract.paths.config else { return nil }
        let token = "Bearer \(controlToken(environment).reveal())"
        let response = try await answer(url + path, path, headers: [("Authorization", token)])
        guard response.status == 200 else { throw InstanceSilence(reason: "\(path) answers \(response.status)") }
        do {
            let configuration = try JSONDecoder().decode(Configuration.self, from: Data(response.body))
            return configuration.variables
        } catch {
            throw InstanceSilence(reason: "\(path) answers with something else than its variables' digests")
        }
    }

    /// The texts at the top of the readiness body, whatever its status; none when it is no JSON object.
    private func readiness(_ url: String, _ contract: ArtifactContract) async throws(InstanceSilence) -> [String:
        String]
    {
        let path = contract.paths.readiness
        let response = try await answer(url + path, path, headers: [])
        do {
            return try JSONDecoder().decode([String: TextOrOther].self, from: Data(response.body)).compactMapValues(
                \.text)
        } catch {
            return [:]  // The platform's own probe refuses such a body, and says so.
        }
    }

    private struct TextOrOther: Decodable {
        var text: String?

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            do { text = try container.decode(String.self) } catch DecodingError.typeMismatch { text = nil }
        }
    }

    private func answer(
        _ url: String, _ path: String, headers: [(name: String, value: String)]
    ) async throws(InstanceSilence) -> HTTPResponse {
        do {
            return try await http.send(
                HTTPRequest(
                    "GET", url, headers: headers, timeout: .seconds(3), connectTimeout: .seconds(2),
                    maximumBodyBytes: 1 << 20, freshConnection: true))
        } catch {
            throw InstanceSilence(reason: "\(path) did not answer")
        }
    }
}
