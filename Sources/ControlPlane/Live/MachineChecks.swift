import Definitions
import Operations
import Rollouts

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// What a rollout needs of the machine that it runs on.
package struct MachineChecks: Sendable {
    /// Why a bundle cannot run here; nil when nothing is in its way.
    package var obstacle: @Sendable (Bundle) async -> String?
    /// Throws a refusal when the disk has too little room.
    package var checkRoom: @Sendable () throws -> Void
    package var processEnvironment: [String: String]

    /// With fewer open files a router or a busy service runs out of them.
    static let leastFiles: UInt64 = 1024

    package init(
        obstacle: @Sendable @escaping (Bundle) async -> String?, checkRoom: @Sendable @escaping () throws -> Void,
        processEnvironment: [String: String]
    ) {
        self.obstacle = obstacle
        self.checkRoom = checkRoom
        self.processEnvironment = processEnvironment
    }

    func all(_ environment: Environment, bundle: Bundle?, limit: Duration) -> [PreflightCheck] {
        let place = Place(file: ProjectSources.environmentPath(environment.name), line: 1, column: 1)
        let traffic = environment.services.first { $0.port != nil }
        func check(
            _ subject: String, at place: Place, _ work: @Sendable @escaping () async -> CheckReport
        ) -> PreflightCheck {
            PreflightCheck(
                .machine, subject, services: environment.services.map(\.name), place: place, limit: limit
            ) { [await work()] }
        }
        var checks = [check("disk", at: place) { disk }, check("open files", at: place) { Self.files }]
        guard let traffic else { return checks }
        checks.append(check("router", at: traffic.place) { router })
        if let bundle { checks.append(check("ports", at: traffic.place) { await ports(bundle) }) }
        return checks
    }

    private var disk: CheckReport {
        do {
            try checkRoom()
            return .passed("There is room on the disk.")
        } catch {
            return CheckReport(.failed, "\(error)", fix: "Make room: releases, logs and the database need about 1 GiB.")
        }
    }

    private static var files: CheckReport {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(UInt32(RLIMIT_NOFILE.rawValue)), &limit) == 0 else {
            return CheckReport(.warned, "The limit of open files is not known.", fix: "See: ulimit -n")
        }
        guard limit.rlim_max < leastFiles else { return .passed("Enough files may be open at once.") }
        return CheckReport(
            .warned, "Processes here may have only \(limit.rlim_max) files open.",
            fix: "Raise LimitNOFILE= of the systemd unit, or: ulimit -n 65536")
    }

    private var router: CheckReport {
        guard let path = Doctor.find("haproxy", environment: processEnvironment) else {
            return CheckReport(
                .failed, "haproxy, which splits the traffic, is not found on this machine.",
                fix: "apt-get install haproxy")
        }
        return .passed("The router's program is \(path).")
    }

    private func ports(_ bundle: Bundle) async -> CheckReport {
        guard let reason = await obstacle(bundle) else { return .passed("The router's ports are free, or its own.") }
        return CheckReport(
            .failed, reason, fix: "End what is in the way, or choose another port in the environment's file.")
    }
}
