import Contract
import Definitions
import FoundationEssentials
import HTTPClient
import Rollouts
import Synchronization

/// Asks one instance how it is, and proves which version answers.
struct HealthProbe: Sendable {
    /// What a readiness probe found.
    enum Readiness: Sendable, Equatable {
        case ready(proof: Instance.Proof, configDigest: String?)
        case unready(reason: String, proof: Instance.Proof, configDigest: String?)
    }

    private struct Report: Decodable {
        var release: String?
        var configDigest: String?
        enum CodingKeys: String, CodingKey {
            case release
            case configDigest = "config_digest"
        }
    }

    let http: any HTTPSending
    let processes: ProcessTable
    private let listeners = KnownListeners()

    init(http: any HTTPSending, processes: ProcessTable) {
        self.http = http
        self.processes = processes
    }

    /// Whether the process says that it works.
    func isLive(_ service: BundleService, port: Int) async -> Bool {
        let path = service.artifact.contract.paths.liveness
        do {
            return try await http.send(request(path, port: port, timeout: service.health.timeout)).status == 200
        } catch {
            return false
        }
    }

    /// Whether the instance can serve, is our process, and reports the release and the configuration asked for.
    func readiness(
        _ specification: InstanceRecord.Specification, pid: Int, port: Int, folder: String
    ) async -> Readiness {
        let service = specification.service
        let path = service.artifact.contract.paths.readiness
        let response: HTTPResponse
        do {
            response = try await http.send(request(path, port: port, timeout: service.health.timeout))
        } catch {
            return .unready(reason: "\(path) did not answer: \(Self.words(error))", proof: .none, configDigest: nil)
        }
        guard processes.belongs(pid, to: folder) else {
            let reason = "process \(pid) does not run the artifact in \(folder)"
            return .unready(reason: reason, proof: .none, configDigest: nil)
        }
        guard listeners.owns(pid, port: port, processes) else {
            let holder = processes.holder(ofPort: port).map { "\($0.name) (process \($0.pid))" } ?? "another process"
            let reason = "port \(port) belongs to \(holder), not to the instance"
            return .unready(reason: reason, proof: .none, configDigest: nil)
        }
        return judge(response, path: path, specification)
    }

    private func judge(
        _ response: HTTPResponse, path: String, _ specification: InstanceRecord.Specification
    ) -> Readiness {
        let report: Report
        do {
            report = try JSONDecoder().decode(Report.self, from: Data(response.body))
        } catch {
            let status = response.status
            let reason = "\(path) answered \(status) with a body that is no JSON object, so it proves no version"
            return .unready(reason: reason, proof: .attested, configDigest: nil)
        }
        let expected = specification.service.configDigest
        let digest = report.configDigest
        func unready(_ reason: String, proof: Instance.Proof = .attested) -> Readiness {
            .unready(reason: reason, proof: proof, configDigest: digest)
        }
        guard report.release == specification.release else {
            let seen = report.release ?? "no release"
            return unready("it reports \(seen), and \(specification.release) is expected")
        }
        guard digest == expected else {
            return unready("it reports the configuration digest \(digest ?? "none"), and \(expected) is expected")
        }
        guard response.status == 200 else {
            return unready("\(path) answers \(response.status)\(Self.excerpt(response))", proof: .reported)
        }
        return .ready(proof: .reported, configDigest: digest)
    }

    private func request(_ path: String, port: Int, timeout: Duration) -> HTTPRequest {
        HTTPRequest(
            "GET", "http://127.0.0.1:\(port)\(path)", timeout: timeout, connectTimeout: timeout,
            maximumBodyBytes: 256 << 10, freshConnection: true)
    }

    private static func excerpt(_ response: HTTPResponse) -> String {
        let text = String(response.text.prefix(300)).split(whereSeparator: \.isNewline).joined(separator: " ")
        return text.isEmpty ? "" : ": \(text)"
    }

    private static func words(_ error: HTTPError) -> String {
        switch error {
        case .connectionRefused: "nobody listens on its port yet"
        case .timedOut(_, let phase, let after): "no answer in \(after) (\(phase))"
        default: "\(error)"
        }
    }
}

/// The sockets on which instances were found to listen, by the instance's process.
private final class KnownListeners: Sendable {
    private let known = Mutex<[Int: ProcessTable.Listener]>([:])

    func owns(_ pid: Int, port: Int, _ processes: ProcessTable) -> Bool {
        if let known = known.withLock({ $0[pid] }), known.port == port, processes.isStill(known) { return true }
        let found = processes.listener(of: pid, port: port)
        known.withLock { known in
            known[pid] = found
            // Processes that are gone are forgotten when there are many.
            if known.count > 256 { known = known.filter { processes.isStill($0.value) } }
        }
        return found != nil
    }
}
