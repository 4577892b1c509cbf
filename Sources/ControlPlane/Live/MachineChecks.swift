import Definitions
import Operations
import Rollouts
import Secrets

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

    /// - Parameter now: seconds since 1970.
    func all(_ environment: Environment, bundle: Bundle?, now: Int64, limit: Duration) -> [PreflightCheck] {
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
        let certificate = environment.router.certificate
        if let certificate {
            checks.append(
                check("certificate", at: certificate.place ?? place) {
                    await blocking { Self.report(certificate, now) }
                })
        }
        guard let bundle else { return checks }
        checks.append(
            check("ports", at: traffic.place) {
                // What a rollout is refused for is one sentence, and the certificate's comes first.
                if let certificate, Self.report(certificate, now).outcome == .failed {
                    return CheckReport(.skipped, "Not looked at: the certificate has to be mended first.")
                }
                return await ports(bundle)
            })
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

    /// What the router would serve with.
    static func report(_ certificate: CertificateDefinition, _ now: Int64) -> CheckReport {
        do throws(CertificateFileError) {
            let files = try CertificateFile.usable(certificate.path, names: certificate.names, at: now)
            guard let first = files.min(by: { $0.facts.notAfter < $1.facts.notAfter }) else {
                return CheckReport(.failed, "There is no certificate at \(certificate.path).", fix: "Put one there.")
            }
            let end = "\(first.path) is valid until \(CertificateFacts.day(first.facts.notAfter))"
            let left = first.facts.notAfter - now
            guard left < certificate.warn.components.seconds else { return .passed("The router's certificate \(end).") }
            return CheckReport(
                .warned, "The router's certificate \(end), for \(Words.count(Int(left / 86_400), "more day")).",
                fix: "Have it renewed, and put the new one in its place: the router takes it by itself.")
        } catch {
            return CheckReport(
                .failed, "The router's certificate cannot be used. \(error).",
                fix: "Mend the file; it is looked at again by: tidegate validate ENV --preflight")
        }
    }

    private func ports(_ bundle: Bundle) async -> CheckReport {
        guard let reason = await obstacle(bundle) else { return .passed("The router's ports are free, or its own.") }
        return CheckReport(
            .failed, reason, fix: "End what is in the way, or choose another port in the environment's file.")
    }
}
