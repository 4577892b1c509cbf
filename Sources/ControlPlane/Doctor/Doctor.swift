import FoundationEssentials

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// One thing that was looked at on this machine.
package struct DoctorCheck: Codable, Sendable, Equatable {
    package enum State: String, Codable, Sendable {
        case present
        /// Works, but not for everything, or not for long.
        case warning
        case missing
    }

    package var name: String
    package var state: State
    package var detail: String
    /// What to type, or to change.
    @Null package var fix: String?

    package init(_ name: String, _ state: State, _ detail: String, fix: String? = nil) {
        self.name = name
        self.state = state
        self.detail = detail
        _fix = Null(wrappedValue: fix)
    }
}

/// Looks at what Tidegate needs here; changes nothing, and needs no engine.
package struct Doctor: Sendable {
    private let project: Project?
    private let environment: [String: String]

    package init(project: Project?, environment: [String: String]) {
        self.project = project
        self.environment = environment
    }

    package func examine() async -> [DoctorCheck] {
        var checks = [
            program("haproxy", why: "splits traffic between releases", package: "haproxy", state: .missing),
            program(
                "pdftotext", why: "the simulated parser reads PDFs with it", package: "poppler-utils", state: .warning),
        ]
        checks += SharedLibrary.all.map(library)
        guard let project else {
            checks.append(
                DoctorCheck(
                    "project", .warning, "no folder environments/ from here upwards",
                    fix: "go to the project, or name it with --project"))
            return checks
        }
        checks.append(DoctorCheck("project", .present, project.path))
        checks.append(stateDirectory(project))
        checks.append(diskSpace(project))
        checks.append(socketPath(project))
        checks.append(port(7070))
        return checks
    }

    private func program(_ name: String, why: String, package: String, state: DoctorCheck.State) -> DoctorCheck {
        if let path = Doctor.find(name, environment: environment) { return DoctorCheck(name, .present, path) }
        return DoctorCheck(name, state, "not found; \(why)", fix: "apt-get install \(package)")
    }

    private func library(_ library: SharedLibrary) -> DoctorCheck {
        guard let problem = library.problem() else { return DoctorCheck(library.file, .present, library.purpose) }
        return DoctorCheck(
            library.file, .missing, "\(problem); \(library.purpose)", fix: "apt-get install \(library.package)")
    }

    /// The program's path: on `PATH`, or where Debian puts administrators' programs.
    static func find(_ name: String, environment: [String: String]) -> String? {
        let folders = (environment["PATH"] ?? "").split(separator: ":").map(String.init)
        return (folders + ["/usr/local/sbin", "/usr/sbin", "/sbin"]).map { "\($0)/\(name)" }
            .first { access($0, X_OK) == 0 }
    }

    private func stateDirectory(_ project: Project) -> DoctorCheck {
        let path = project.stateDirectory
        let exists = access(path, F_OK) == 0
        let writable = access(exists ? path : project.path, W_OK) == 0
        return writable
            ? DoctorCheck("state directory", .present, exists ? path : "\(path), made when first needed")
            : DoctorCheck(
                "state directory", .missing, "\(exists ? path : project.path) cannot be written by this user",
                fix: "chown -R $USER \(exists ? path : project.path)")
    }

    private func diskSpace(_ project: Project) -> DoctorCheck {
        var status = statvfs()
        guard statvfs(project.path, &status) == 0 else {
            return DoctorCheck("disk space", .warning, String(cString: strerror(errno)))
        }
        let free = UInt64(status.f_bavail) * UInt64(status.f_frsize) / 1_048_576
        return free >= 1024
            ? DoctorCheck("disk space", .present, "\(free) MiB free")
            : DoctorCheck(
                "disk space", free >= 100 ? .warning : .missing, "\(free) MiB free",
                fix: "make room: releases, logs and the database need about 1 GiB")
    }

    private func socketPath(_ project: Project) -> DoctorCheck {
        project.socket.utf8.count <= StateDirectory.longestSocketPath
            ? DoctorCheck("control socket", .present, project.socket)
            : DoctorCheck(
                "control socket", .missing, "the path is longer than sockets allow (107 bytes): \(project.socket)",
                fix: "move the project to a shorter path")
    }

    private func port(_ number: Int) -> DoctorCheck {
        PortProbe.isFree(host: "127.0.0.1", port: number)
            ? DoctorCheck("dashboard port", .present, "127.0.0.1:\(number) is free")
            : DoctorCheck(
                "dashboard port", .warning, "127.0.0.1:\(number) is in use, perhaps by this project's engine",
                fix: "name another with: tidegate serve --listen 127.0.0.1:PORT")
    }
}
