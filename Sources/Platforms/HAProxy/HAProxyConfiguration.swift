import Definitions
import Rollouts

/// HAProxy's configuration file for what an environment should do. All paths in it are relative to the environment's
/// folder, which HAProxy works in, because addresses of unix sockets are short.
package struct HAProxyConfiguration: Sendable {
    package static let adminSocket = "admin.sock"
    package static let ring = "requests"
    /// Requests with this header are smoke tests and no traffic.
    package static let smokeHeader = "X-Tidegate-Smoke"
    /// How a server is checked; dynamic servers do not take it from `default-server`.
    package static let check = "check inter 1s fastinter 300ms fall 2 rise 1"

    private let desired: DesiredTraffic

    package init(_ desired: DesiredTraffic) { self.desired = desired }

    package var text: String {
        ([global, Self.defaults, Self.ringSection] + services.flatMap { [frontend($0), backend($0)] })
            .joined(separator: "\n\n") + "\n"
    }

    /// What only a reload changes: equal texts need none.
    package var frontends: String {
        services.map { service in
            frontend(service) + backendHead(service)
        }.joined(separator: "\n")
    }

    private var services: [TrafficSplit] {
        desired.services.values.map(\.split).filter { $0.port != nil }.sorted { $0.service < $1.service }
    }

    private var global: String {
        """
        # Rendered by Tidegate before each change; edits are lost.
        global
            stats socket unix@\(Self.adminSocket) mode 600 level admin expose-fd listeners
            stats timeout 1d
            hard-stop-after 60s
            maxconn 8192
            log ring@\(Self.ring) len 4096 format raw local0 info
        """ + (desired.entrances.contains { $0.certificate != nil } ? "\n\(Self.encryption)" : "")
    }

    /// What browsers of the last years and every current library have in common (Mozilla's server side TLS,
    /// "intermediate").
    private static let encryption = """
            ssl-default-bind-options ssl-min-ver TLSv1.2 no-tls-tickets
            ssl-default-bind-ciphersuites TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256
            ssl-default-bind-ciphers \(ciphers)
        """

    private static let ciphers = [
        "ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-RSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES256-GCM-SHA384",
        "ECDHE-RSA-AES256-GCM-SHA384", "ECDHE-ECDSA-CHACHA20-POLY1305", "ECDHE-RSA-CHACHA20-POLY1305",
    ].joined(separator: ":")

    /// Only what was never sent is sent again, to another server; `frontend` lets reads be repeated as well.
    private static let defaults = """
        defaults
            mode http
            log global
            option dontlognull
            option forwardfor
            option redispatch 1
            # Clients that keep a connection open hear with their next answer that this process ends.
            option idle-close-on-response
            retries 3
            retry-on conn-failure empty-response
            http-reuse safe
            balance roundrobin
            timeout connect 2s
            timeout client 65s
            timeout http-request 15s
            timeout http-keep-alive 65s
            timeout queue 5s
            timeout server 60s
            timeout tunnel 1h
            timeout check 2s
        """

    /// The log stays in memory until somebody reads it over the run-time socket: the kernel queues ten datagrams only, and
    /// a ring that forwards by itself spins while nobody listens.
    private static let ringSection = """
        ring \(ring)
            format raw
            maxlen 4096
            size 4194304
        """

    private func frontend(_ split: TrafficSplit) -> String {
        let entrance = split.entrance ?? Entrance()
        let encryption = entrance.certificate.map { source in
            // Servers learn what the client wrote, to make addresses of it; a client's own word for it is replaced.
            (
                " ssl crt-list \(CertificateShelf.list(source)) alpn h2,http/1.1",
                "    http-request set-header X-Forwarded-Proto https\n"
            )
        }
        return """
            frontend \(HAProxyNames.frontend(split.service))
                bind \(entrance.bind):\(split.port ?? 0)\(encryption?.0 ?? "")
            \(encryption?.1 ?? "")    http-request disable-l7-retry unless { method GET HEAD OPTIONS }
            \(Self.testing(split))    http-request set-var(txn.quiet) str(1) if { req.hdr(\(Self.smokeHeader)) -m found }
            \(Self.client)
                log-format '\(Self.logFormat)'
                default_backend \(HAProxyNames.backend(split.service))
            """
    }

    /// What tells clients apart: a digest of the address, and of what a proxy in front says of it, under a key that each worker
    /// makes for itself with its first request, for while the file is read its random numbers are not yet random.
    private static let client = """
            http-request set-var(proc.key) uuid() unless { var(proc.key) -m found }
            http-request set-var(txn.client) src
            http-request set-var(txn.client) req.fhdr(X-Forwarded-For),concat(|,txn.client)
            http-request set-var(txn.client) var(txn.client),concat(|,proc.key),sha2(256),bytes(0,8),hex
        """

    /// Numbers and names only, never the URL or an address. Times are milliseconds: waiting, connecting, answering, in all.
    static let logFormat =
        #"{"p":%pid,"b":"%b","s":"%s","c":%ST,"w":%Tw,"k":%Tc,"r":%Tr,"a":%Ta,"n":"%rc","t":"%ts","#
        + #""m":"%[var(txn.quiet)]","h":"%[var(txn.client)]"}"#

    /// Whoever names a release is answered by an instance of it, if there is one, and counts as no traffic.
    private static func testing(_ split: TrafficSplit) -> String {
        guard let testers = split.entrance?.testers else { return "" }
        let named = testers.carrier == .header ? "req.hdr(\(testers.name))" : "req.cook(\(testers.name))"
        return """
                http-request set-var(txn.tester) \(named),map(\(TesterMap.file(split.service)))
                http-request set-var(txn.quiet) str(1) if { var(txn.tester) -m found }

            """
    }

    private func backendHead(_ split: TrafficSplit) -> String {
        let testing = "    use-server %[var(txn.tester)] if { var(txn.tester) -m found }\n"
        return """
            backend \(HAProxyNames.backend(split.service))
            \(split.entrance?.testers == nil ? "" : testing)    option httpchk
                http-check send meth GET uri \(split.readinessPath) ver HTTP/1.1 hdr Host 127.0.0.1
                http-check expect status 200
            """
    }

    private func backend(_ split: TrafficSplit) -> String {
        let servers = desired.servers(split.service).map { server in
            let state = server.drained ? " disabled" : ""
            return "    server \(server.name) 127.0.0.1:\(server.port) \(Self.check) weight \(server.weight)\(state)"
        }
        return ([backendHead(split)] + servers).joined(separator: "\n")
    }
}
