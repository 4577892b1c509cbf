import Rollouts

/// Which instance answers testers who name a release: a map file of HAProxy, `release server` on each line, that is also
/// changed at run time.
package struct TesterMap: Sendable, Equatable {
    package static func file(_ service: String) -> String { "testers-\(HAProxyNames.backend(service)).map" }

    package let file: String
    /// By release, in its order. Drained bundles have none.
    package let servers: [(release: String, server: String)]

    package init(_ service: DesiredTraffic.Service) {
        let split = service.split
        file = Self.file(split.service)
        let open = split.arms.filter { !service.drained.contains($0.bundle) }
        // Of two bundles of one release the later one is the newer.
        let named = Dictionary(
            open.compactMap { arm in arm.instances.first.map { (arm.release, HAProxyNames.server($0.id)) } }
        ) { _, later in later }
        servers = named.sorted { $0.key < $1.key }.map { (release: $0.key, server: $0.value) }
    }

    package var text: String { servers.map { "\($0.release) \($0.server)\n" }.joined() }

    /// In one go, so that nobody sees it half done.
    package var commands: [String] {
        ["clear map \(file)"] + servers.map { "add map \(file) \($0.release) \($0.server)" }
    }

    package static func == (a: Self, b: Self) -> Bool { a.file == b.file && a.text == b.text }
}

extension DesiredTraffic {
    /// Of the services whose testers are told apart.
    var testerMaps: [TesterMap] {
        services.values.filter { $0.split.port != nil && $0.split.entrance?.testers != nil }.map(TesterMap.init)
            .sorted { $0.file < $1.file }
    }
}
