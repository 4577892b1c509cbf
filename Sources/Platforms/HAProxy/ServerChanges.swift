/// One server as `show servers state` has it (management guide, section 9.3).
package struct ServerState: Sendable, Equatable {
    package var name: String
    package var port: Int
    package var weight: Int
    /// Bits: 0x01 forced maintenance, 0x08 forced drain, 0x04 maintenance from the configuration file.
    package var administration: Int

    package var inMaintenance: Bool { administration & 0x05 != 0 }
    package var draining: Bool { administration & 0x18 != 0 }

    package static func parse(_ text: String) -> [ServerState] {
        let lines = text.split(separator: "\n")
        guard let head = lines.first(where: { $0.hasPrefix("# be_id") }) else { return [] }
        let names = head.dropFirst(2).split(separator: " ").map(String.init)
        let columns = Dictionary(zip(names, names.indices), uniquingKeysWith: { first, _ in first })
        return lines.compactMap { line in
            let cells = line.split(separator: " ")
            guard cells.count == names.count, !line.hasPrefix("#") else { return nil }
            func cell(_ name: String) -> Substring { columns[name].map { cells[$0] } ?? "" }
            guard let port = Int(cell("srv_port")), let weight = Int(cell("srv_uweight")),
                let administration = Int(cell("srv_admin_state"))
            else { return nil }
            return ServerState(
                name: String(cell("srv_name")), port: port, weight: weight, administration: administration)
        }
    }
}

/// What makes a backend's servers those that are wanted. Pure: commands for HAProxy's run-time socket.
package struct ServerChanges: Sendable, Equatable {
    /// New servers come first, so that there is never nobody to serve.
    package private(set) var first: [String] = []
    /// Then weights and states, in one go.
    package private(set) var then: [String] = []
    package private(set) var remove: [String] = []

    package init(backend: String, wanted: [DesiredTraffic.Server], present: [ServerState]) {
        let known = Dictionary(present.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        for server in wanted {
            let path = "\(backend)/\(server.name)"
            guard let state = known[server.name] else {
                let check = HAProxyConfiguration.check
                first.append("add server \(path) 127.0.0.1:\(server.port) \(check) weight \(server.weight)")
                first.append("enable health \(path)")
                if !server.drained { first.append("enable server \(path)") }
                continue
            }
            if state.port != server.port { then.append("set server \(path) addr 127.0.0.1 port \(server.port)") }
            if state.weight != server.weight { then.append("set server \(path) weight \(server.weight)") }
            if server.drained, !state.inMaintenance, !state.draining { then.append("set server \(path) state drain") }
            if !server.drained, state.inMaintenance || state.draining {
                then.append("set server \(path) state ready")
            }
        }
        let names = Set(wanted.map(\.name))
        remove = present.map(\.name).filter { !names.contains($0) }
        // Whoever leaves gets nothing more before the others' shares change.
        first.append(contentsOf: remove.map { "set server \(backend)/\($0) state maint" })
    }
}
