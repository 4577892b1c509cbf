extension Work {
    /// Whether it only makes sense once it is known what runs.
    var needsInstances: Bool {
        switch self {
        case .smoke, .split, .analyse, .shrink: true
        case .preflight, .checkGates, .migrate, .ensure, .command, .stop: false
        }
    }

    /// What may not happen at the same time as anything else of the same lane.
    var lanes: Set<String> {
        switch self {
        case .preflight, .checkGates, .smoke, .analyse: []
        // What undoes a command waits for the command's end.
        case .command(let call): call.kind == .step || call.kind == .undo ? ["commands"] : []
        case .migrate: ["migrate"]
        case .ensure(let service, let bundle, _): ["instances/\(service)/\(bundle)"]
        case .split(let service, _): ["split/\(service)"]
        case .shrink(let service, let bundle, _), .stop(let service, let bundle):
            ["instances/\(service)/\(bundle)", "split/\(service)"]
        }
    }
}
