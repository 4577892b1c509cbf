extension PlatformError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .notReady(let service, let reason, _): "\(service) did not become ready: \(reason)"
        case .cannotStart(let service, let reason): "\(service) cannot be started: \(reason)"
        case .migrationFailed(let reason, _): "the migration failed: \(reason)"
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
            "port \(port) is taken\(holder.map { " by \($0)" } ?? ""): end that process, or choose another port:"
        case .unreachable(let reason): "the router does not answer: \(reason)"
        case .refused(let command, let answer): "the router refused \"\(command)\": \(answer)"
        case .cannotStart(let reason): "the router cannot be started: \(reason)"
        case .unknownService(let service): "the router knows no service \(service)"
        }
    }
}
