import Foundation

/// Measures what README.md reports, one after the other in one run, against the programs in `.tidegate/bin`.
@main
struct Benchmarks {
    static func main() async throws {
        let programs = CommandLine.arguments.dropFirst().first ?? ".tidegate/bin"
        let absolute = URL(fileURLWithPath: programs).standardizedFileURL.path
        print("| What | Result |\n|---|---|")
        let rollout = try await RolloutTimes.measure(programs: absolute)
        row("rollout of two services, minus the \(rollout.bake) s of bake asked for", rollout.time)
        row("memory of `tidegate serve`, idle with two services steady (PSS)", rollout.memory)
        let fault = try await FaultTimes.measure(programs: absolute)
        row("from the first bad answer to weight 0", fault.time)
        row("requests failed until then, of \(fault.sent) sent at \(fault.rate) a second", "\(fault.failed)")
    }

    static func row(_ what: String, _ result: String) { print("| \(what) | \(result) |") }
}

extension Double {
    /// With so many digits after the point.
    func rounded(_ digits: Int) -> String { String(format: "%.\(digits)f", self) }
}
