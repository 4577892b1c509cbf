import FoundationEssentials
import Rollouts

/// What one environment's HAProxy should do. It is written down before anything is changed, so that a new engine or a
/// new HAProxy goes on from there.
package struct DesiredTraffic: Codable, Sendable, Equatable {
    package struct Service: Codable, Sendable, Equatable {
        package var split: TrafficSplit
        /// Bundles whose instances get no requests, whatever their percentage.
        package var drained: Set<Digest>

        package init(split: TrafficSplit, drained: Set<Digest> = []) {
            self.split = split
            self.drained = drained
        }
    }

    /// One server as HAProxy knows it.
    package struct Server: Sendable, Equatable {
        package var name: String
        package var bundle: Digest
        package var port: Int
        package var weight: Int
        package var drained: Bool
    }

    package var services: [String: Service] = [:]

    package init() {}

    /// How clients are let in to the services that have a port, in the order of their names.
    package var entrances: [Entrance] {
        services.values.map(\.split).filter { $0.port != nil }.sorted { $0.service < $1.service }.compactMap(\.entrance)
    }

    /// The service's servers, in the arms' order.
    package func servers(_ service: String) -> [Server] {
        guard let desired = services[service] else { return [] }
        let arms = desired.split.arms
        return zip(arms, ServerWeights.weights(arms)).flatMap { arm, weight in
            arm.instances.map { target in
                Server(
                    name: HAProxyNames.server(target.id), bundle: arm.bundle, port: target.port, weight: weight,
                    drained: desired.drained.contains(arm.bundle))
            }
        }
    }

    package static func read(from path: String) throws -> DesiredTraffic {
        guard FileManager.default.fileExists(atPath: path) else { return DesiredTraffic() }
        return try JSONDecoder().decode(DesiredTraffic.self, from: Data(contentsOf: URL(filePath: path)))
    }

    package func write(to path: String) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted]
        try encoder.encode(self).write(to: URL(filePath: path), options: .atomic)
    }
}

/// HAProxy's names allow letters, digits, `-`, `_`, `.` and `:`.
package enum HAProxyNames {
    package static func backend(_ service: String) -> String { "b.\(cleaned(service))" }
    package static func frontend(_ service: String) -> String { "f.\(cleaned(service))" }
    package static func server(_ instance: String) -> String { cleaned(instance) }

    /// Other characters become `:` and their code in hexadecimal, so that different names stay different.
    private static func cleaned(_ name: String) -> String {
        name.utf8.map { byte in
            let character = Character(UnicodeScalar(byte))
            let plain = character.isASCII && (character.isLetter || character.isNumber)
            return plain || character == "-" || character == "_" || character == "."
                ? String(character) : ":" + String(byte, radix: 16)
        }.joined()
    }
}
