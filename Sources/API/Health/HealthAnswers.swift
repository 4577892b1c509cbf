import Contract
import HTTPTypes

struct Liveness: Described {
    var status = "alive"
    static let example = Liveness()
}

/// What the readiness path answers.
struct Health: Described, AnswerWithStatus {
    var status: String
    var release: String
    var configDigest: String?
    var serviceMode: String
    var checks: [String: HealthCheck]

    static let example = Health(
        status: "ready", release: "v1", configDigest: "a", serviceMode: "real", checks: ["database": .example])
    static let rules: [String: FieldRule] = [
        "status": .values(["ready", "unready", "healthy", "unhealthy"]),
        "configDigest": .text("Of everything that is configured; left out when nobody deployed it"),
    ]

    var httpStatus: HTTPResponse.Status { checks.values.allSatisfy(\.isFine) ? .ok : .serviceUnavailable }
}

extension Health: WrittenAnswer {
    func write(to json: inout JSONWriter) {
        json.object { json in
            json.member("status", status)
            json.member("release", release)
            if let configDigest { json.member("config_digest", configDigest) }
            json.member("service_mode", serviceMode)
            json.key("checks")
            json.object { json in
                for (name, check) in checks.sorted(by: { $0.key < $1.key }) {
                    json.key(name)
                    check.write(to: &json)
                }
            }
        }
    }
}

extension HealthCheck: WrittenAnswer {
    func write(to json: inout JSONWriter) {
        json.object { json in
            json.member("status", status)
            if let reason { json.member("reason", reason) }
            if let milliseconds { json.member("milliseconds", milliseconds) }
        }
    }
}

/// One dependency: `ok`, or why not.
struct HealthCheck: Described, AnswerWithStatus, Equatable {
    var status: String
    var reason: String?
    var milliseconds: Double?

    static let example = HealthCheck(status: "ok", reason: "a", milliseconds: 1.5)
    static let rules: [String: FieldRule] = ["status": .values(["ok", "failed"])]
    static let ok = HealthCheck(status: "ok")
    static func failed(_ reason: String) -> HealthCheck { .init(status: "failed", reason: reason) }

    var isFine: Bool { status == "ok" }
    var httpStatus: HTTPResponse.Status { isFine ? .ok : .serviceUnavailable }
}

/// The workers that have reported themselves.
struct WorkerHealth: Described, AnswerWithStatus {
    struct Worker: Described {
        var instance: String
        var release: String
        var ageSeconds: Double
        var share: [Int]
        var inFlight: Int

        static let example = Worker(instance: "a", release: "v1", ageSeconds: 1.5, share: [0, 100], inFlight: 0)
        static let rules: [String: FieldRule] = [
            "ageSeconds": FieldRule(summary: "Since its last heartbeat"),
            "share": FieldRule(summary: "The range of job buckets that it takes, without the second"),
        ]
    }
    var status: String
    var newestAgeSeconds: Double?
    var workers: [Worker]

    static let example = WorkerHealth(status: "healthy", newestAgeSeconds: 1.5, workers: [.example])
    static let rules: [String: FieldRule] = ["status": .values(["healthy", "unhealthy"])]

    var httpStatus: HTTPResponse.Status { status == "healthy" ? .ok : .serviceUnavailable }
}
