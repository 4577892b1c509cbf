import Contract
import Definitions

/// Whether the host in an address is there: its name resolves, and somebody listens. Outside development a name that leads
/// back to this machine is a mistake.
struct HostCheck: Sendable {
    let endpoint: Endpoint
    let isDevelopment: Bool
    let limit: Duration

    /// - Returns: the addresses, or what is wrong.
    static func resolve(_ host: String, port: Int?) async -> Result<[NetworkAddress], HostTrouble> {
        await blocking {
            do throws(NetworkError) {
                return .success(try Network.resolve(host, port: port ?? 0))
            } catch {
                return .failure(HostTrouble(host: host, error: error))
            }
        }
    }

    func reports() async -> [CheckReport] {
        let (endpoint, limit) = (endpoint, limit)
        let addresses: [NetworkAddress]
        switch await Self.resolve(endpoint.host, port: endpoint.port) {
        case .success(let found): addresses = found
        case .failure(let trouble): return [trouble.report]
        }
        let doubt = Self.doubt(endpoint.host, addresses, isDevelopment: isDevelopment)
        guard endpoint.port != nil else {
            return [doubt ?? .passed("\(endpoint.host) is known; its address names no port to connect to.")]
        }
        let failure: NetworkError? = await blocking {
            do throws(NetworkError) {
                _ = try Network.connect(addresses, until: ContinuousClock.now + limit)
                return nil
            } catch { return error }
        }
        if let failure { return [HostTrouble(host: endpoint.shown, error: failure).report] }
        return [doubt ?? .passed("\(endpoint.shown) answers.")]
    }

    /// A host name that stands for this machine, where another is meant. Addresses in numbers are seen by validation.
    static func doubt(_ host: String, _ addresses: [NetworkAddress], isDevelopment: Bool) -> CheckReport? {
        guard !isDevelopment, !addresses.isEmpty, addresses.allSatisfy(\.isLoopback),
            !addresses.contains(where: { $0.text == host })
        else { return nil }
        return CheckReport(
            .failed, "\(host) is this machine itself (\(addresses[0].text)), and on another host it would be nobody.",
            fix: "Name the machine that is meant, or mend the name in this machine's /etc/hosts.")
    }
}

/// What is in the way to a host.
struct HostTrouble: Error, Sendable {
    var host: String
    var error: NetworkError

    var report: CheckReport {
        switch error {
        case .unknownHost(let reason):
            CheckReport(
                .unreachable, "The host \(host) is not known here (\(reason)).",
                fix: "Check how the name is written, and this machine's DNS.")
        case .refused(let reason):
            CheckReport(
                .unreachable, "\(host) lets nobody connect (\(reason)).",
                fix: "Check that it runs and listens on that port, and the firewall between.")
        case .timedOut:
            CheckReport(
                .unreachable, "\(host) swallows what is sent to it: no connection in time.",
                fix: "Check the address, and the firewall between.")
        case .closed:
            CheckReport(
                .unreachable, "\(host) closed the connection.", fix: "Look at its log; perhaps it lets only TLS in.")
        }
    }
}
