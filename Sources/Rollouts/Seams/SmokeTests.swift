import Contract

/// Runs smoke suites and says what they saw.
package protocol SmokeTests: Sendable {
    func run(_ request: SmokeRequest) async -> SmokeReport
}

package struct SmokeRequest: Codable, Sendable, Equatable {
    package enum Stage: String, Codable, Sendable {
        /// Against the new instances themselves, before they get traffic; jobs are pinned to the release.
        case beforeTraffic = "before-traffic"
        /// Through the router, by everybody's way.
        case final
    }

    package var environment: String
    package var release: String
    package var bundle: Digest
    package var stage: Stage
    /// Base addresses by service: instances before traffic, the router's afterwards.
    package var addresses: [String: String]
    /// How the router's among them are reached, by service.
    package var doors: [String: RouterDoor]
    /// The expected config digest by service.
    package var configDigests: [String: String]
    /// The paths that each service's contract declares.
    package var paths: [String: ContractPaths]
    /// Only suites all of whose needed services are here are run.
    package var services: [String]
    package var suites: [SmokeSuiteText]

    package init(
        environment: String, release: String, bundle: Digest, stage: Stage, addresses: [String: String],
        doors: [String: RouterDoor] = [:], configDigests: [String: String], paths: [String: ContractPaths] = [:],
        services: [String], suites: [SmokeSuiteText]
    ) {
        self.environment = environment
        self.release = release
        self.bundle = bundle
        self.stage = stage
        self.addresses = addresses.merging(doors.mapValues(\.url)) { _, door in door }
        self.doors = doors
        self.configDigests = configDigests
        self.paths = paths
        self.services = services
        self.suites = suites
    }
}

package struct SmokeReport: Codable, Sendable, Equatable {
    package struct Suite: Codable, Sendable, Equatable {
        package var suite: String
        package var passed: Bool
        package var steps: [Step]
        package init(suite: String, passed: Bool, steps: [Step]) {
            self.suite = suite
            self.passed = passed
            self.steps = steps
        }
    }

    package struct Step: Codable, Sendable, Equatable {
        package var name: String
        package var passed: Bool
        package var attempts: Int
        package var milliseconds: Double
        package var timings: Timings?
        /// What was expected, and what was seen; secrets masked.
        package var failure: String?

        package init(
            name: String, passed: Bool, attempts: Int, milliseconds: Double, timings: Timings? = nil,
            failure: String? = nil
        ) {
            self.name = name
            self.passed = passed
            self.attempts = attempts
            self.milliseconds = milliseconds
            self.timings = timings
            self.failure = failure
        }
    }

    /// Seconds from the start of the last attempt to the end of each phase.
    package struct Timings: Codable, Sendable, Equatable {
        package var dns: Double
        package var connect: Double
        package var tls: Double
        package var firstByte: Double
        package var total: Double

        package init(dns: Double, connect: Double, tls: Double, firstByte: Double, total: Double) {
            self.dns = dns
            self.connect = connect
            self.tls = tls
            self.firstByte = firstByte
            self.total = total
        }

        enum CodingKeys: String, CodingKey {
            case dns, connect, tls, total
            case firstByte = "first_byte"
        }
    }

    package var suites: [Suite]
    package init(suites: [Suite]) { self.suites = suites }

    /// True only when something ran, and all of it passed.
    package var passed: Bool { !suites.isEmpty && suites.allSatisfy(\.passed) }
}
