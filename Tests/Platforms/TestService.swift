import Contract
import Definitions
import Foundation
import HTTPClient
import Platforms
import Rollouts
import Secrets
import Storage
import Synchronization
import TestSupport

/// The real clock.
struct SystemWallClock: WallClock {
    var now: Timestamp { Timestamp(microseconds: Int64(Date.now.timeIntervalSince1970 * 1_000_000)) }
}

func digest(_ digit: Character) -> Digest { Digest("sha256:" + String(repeating: digit, count: 64))! }

/// A small HTTP server as an artifact, whose behaviour variables decide: `MODE` is `good`, `unready`, `crash`,
/// `occupied` or `fail` (answers 500).
let serverScript = #"""
    #!/usr/bin/python3
    import json, os, signal, socket, sys, threading, time
    from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
    mode = os.environ.get('MODE', 'good')
    if len(sys.argv) > 1 and sys.argv[1] == 'migrate':
        print('migrated with', os.environ.get('API_KEY', ''))
        time.sleep(float(os.environ.get('MIGRATION_SECONDS', '0')))
        sys.exit(int(os.environ.get('MIGRATION_CODE', '0')))
    print('starting', mode, 'with', os.environ.get('API_KEY', ''), flush=True)
    if mode == 'crash':
        sys.exit('no database')
    if mode == 'occupied' and not os.path.exists(os.environ['MARKER']):
        open(os.environ['MARKER'], 'w').close()
        print('bind: Address already in use', flush=True)
        sys.exit(98)
    busy = 0
    class Handler(BaseHTTPRequestHandler):
        protocol_version = 'HTTP/1.1'
        def answer(self, status, text):
            body = text.encode()
            self.send_response(status)
            self.send_header('Content-Length', str(len(body)))
            self.end_headers()
            self.wfile.write(body)
        def do_GET(self):
            if self.path == '/health/live':
                return self.answer(200, 'live')
            if self.path == '/health':
                return self.answer(503 if mode == 'unready' else 200, json.dumps({
                    'release': os.environ['TIDEGATE_RELEASE'], 'config_digest': os.environ.get('DIGEST', 'd')}))
            if self.path == '/environment':
                return self.answer(200, json.dumps(dict(os.environ)))
            if self.path == '/pid':
                return self.answer(200, str(os.getpid()))
            if self.path == '/slow':
                time.sleep(0.4)
            self.answer(500 if mode == 'fail' or self.path == '/fail' else 200, os.environ['TIDEGATE_RELEASE'])
        def do_POST(self):
            body = self.rfile.read(int(self.headers.get('Content-Length', '0')))
            time.sleep(0.002)
            self.answer(200, os.environ['TIDEGATE_RELEASE'])
        def log_message(self, *arguments):
            pass
    class Server(ThreadingHTTPServer):
        request_queue_size = 128
        daemon_threads = True
    server = Server(('127.0.0.1', int(os.environ['PORT'])), Handler)
    server.serve_forever()
    """#

/// A state directory, a database and releases of the test server.
final class TestHouse: Sendable {
    let folder: TemporaryFolder
    let database: any Database
    let http = HTTPClient()
    private let serial = Mutex(0)
    let events = Mutex<[InstanceEvent]>([])

    init() async throws {
        folder = try TemporaryFolder()
        database = try Databases.open(address: "sqlite:\(folder.file("control.sqlite"))")
        try await InstanceStore.migrator.migrate(database, now: 0)
        let hex = String(repeating: "e", count: 64)
        let script = try folder.write("artifacts/\(hex)/server.py", serverScript)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: script)
    }

    /// What a new engine would make.
    func platform() -> LocalPlatform {
        LocalPlatform(
            stateDirectory: folder.path, database: database, http: http,
            keys: InstanceKeys(
                secrets: { _ in ["API_KEY": Secret("canary-secret-value")] },
                digestKey: { _ in Secret("digest-key-of-test") }, controlToken: { _ in Secret("control-token-of-test") }
            ),
            wallClock: SystemWallClock(), newID: { [self] in "\($0)-\(next())-\(UUID().uuidString.prefix(8))" },
            inherited: ["PATH": "/usr/bin:/bin"], observe: { [self] event in events.withLock { $0.append(event) } })
    }

    private func next() -> Int {
        serial.withLock { serial in
            serial += 1
            return serial
        }
    }

    func bundle(
        _ digit: Character = "a", release: String = "v1", variables: [String: String] = [:],
        command: [String] = ["./server.py"], every: Duration = .milliseconds(200)
    ) -> Rollouts.Bundle {
        let contract = ArtifactContract(
            service: "api", variables: [], portVariable: "PORT",
            paths: ContractPaths(liveness: "/health/live", readiness: "/health"),
            migrations: MigrationContract(arguments: ["migrate"], tables: []), startBudgetSeconds: 10, drainSeconds: 2)
        let service = BundleService(
            name: "api", artifact: Artifact(service: "api", digest: digest("e"), command: command, contract: contract),
            replicas: 2, port: nil, health: HealthDefinition(every: every, timeout: .seconds(2)),
            strategy: Strategy(steps: []), variables: variables, secrets: ["API_KEY": "x"], configDigest: "d")
        return Rollouts.Bundle(
            digest: digest(digit), environment: "dev", release: release, releaseDigest: digest("f"),
            services: [service], migrates: "api", thresholds: Thresholds(), rollbackWindow: .seconds(1), smoke: [],
            createdAt: Timestamp(microseconds: 0))
    }

    /// Runs the body with a supervised platform, and stops what it left.
    func supervised(_ body: (LocalPlatform) async throws -> Void) async throws {
        let platform = platform()
        let supervision = Task { try await platform.run() }
        let result: Result<Void, any Error>
        do { result = .success(try await body(platform)) } catch { result = .failure(error) }
        supervision.cancel()
        _ = await supervision.result
        try await stopAll(platform)
        try result.get()
    }

    func stopAll(_ platform: LocalPlatform) async throws {
        for instance in try await platform.instances(environment: "dev") {
            try await platform.stop(environment: "dev", service: instance.service, bundle: instance.bundle)
        }
    }
}
