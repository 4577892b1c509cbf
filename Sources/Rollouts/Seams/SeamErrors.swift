extension PlatformError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .notReady(let service, let reason, _): "\(service) did not become ready: \(reason)"
        case .cannotStart(let service, let reason): "\(service) cannot be started: \(reason)"
        case .migrationFailed(let reason, _): "the migration failed, so nothing was started: \(reason)"
        case .unknownInstance(let id): "there is no instance \(id): see tidegate status"
        case .sealUnavailable(let bundle, let reason):
            "the sealed secrets of bundle \(bundle.short) cannot be used: \(reason); roll out again instead"
        case .notRecorded(let reason): "nothing was started, since it could not be recorded first: \(reason)"
        }
    }
}

extension RouterError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .portTaken(let port, let holder):
            "port \(port), where the router is to listen, is taken by \(holder ?? "a process of another user"): "
                + "end that process, or give the service another `port` in the environment's file, and try again"
        case .unreachable(let reason):
            "the router does not answer; the control plane starts it again if it is gone: \(reason)"
        case .refused(let command, let answer):
            "the router refused the command \"\(command)\": \(answer); its log is below .tidegate/haproxy"
        case .cannotStart(let reason): "the router cannot be started: \(reason)"
        case .unknownService(let service):
            "the router knows no service \(service): it gets to know one when it is rolled out"
        }
    }
}
