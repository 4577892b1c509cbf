import Crypto
import Foundation
import HTTPClient
import Synchronization
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(3))) struct `Large uploads` {
    @Test func `of 25 MB each, four at once, do not sit in memory`() async throws {
        let server = try await PipelineProcess.start()
        let size = 25 << 20
        var random = SplitMix(seed: 7)
        let bytes = (0..<(size / 8)).flatMap { _ in withUnsafeBytes(of: random.next()) { Array($0) } }
        let file = server.folder.file("large.pdf")
        try Data(bytes).write(to: URL(filePath: file))
        let sha256 = SHA256.hash(data: bytes).map { String(format: "%02x", $0) }.joined()
        let before = try server.peakKilobytes()
        try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<4 {
                let token = try await server.token()
                let url = try await server.announcement(sha256: sha256, token: token, bytes: size).text("signed_url")
                group.addTask {
                    try await server.http.send(
                        HTTPRequest(
                            "PUT", url, headers: [(name: "Content-Type", value: "application/pdf")],
                            body: .file(path: file), timeout: .seconds(120))
                    ).status
                }
            }
            for try await status in group { #expect(status == 204) }
        }
        let grown = try server.peakKilobytes() - before
        print("uploads: 4 × 25 MiB at once, \(before) kB resident before, \(grown) kB more at the most")
        #expect(grown < 25 << 10, "it grew by \(grown) kB")
        try await server.stop()
    }
}

@Suite(.timeLimit(.minutes(1)), .enabled(if: Mount.isPossible, "needs the right to mount"))
struct `A full disk` {
    @Test func `during an upload is 507, leaves nothing half written, and passes`() async throws {
        let pdf = [UInt8](repeating: 0x25, count: 600_000)
        let disk = Mutex<Mount?>(nil)
        var options = RunningAPI.Options()
        options.prepare = { folder in
            try FileManager.default.createDirectory(atPath: folder.file("files"), withIntermediateDirectories: false)
            let mount = try Mount(over: folder.file("files"), megabytes: 1)
            disk.withLock { $0 = mount }
        }
        defer { _ = try? disk.withLock { try $0?.remove() } }
        try await RunningAPI.with(options: options) { api in
            let files = api.folder.file("files")
            let token = try await api.token()
            let url = try await api.announce(pdf, token: token).text("signed_url")
            try Data(repeating: 0x2e, count: 700_000).write(to: URL(filePath: "\(files)/ballast"))
            let refused = try await api.put(url, pdf)
            #expect(refused.status == 507)
            #expect(refused.text("error") == "storage_full")
            #expect(refused.response.header("Retry-After") != nil)
            let left = try FileManager.default.subpathsOfDirectory(atPath: files).filter { $0.contains(".pdf") }
            #expect(left.isEmpty, "\(left)")
            let jobs = try await api.call("GET", "/api/v2/jobs", token: token)["jobs"] as? [[String: Any]] ?? []
            #expect(jobs.first?["status"] as? String == "uploaded")
            try FileManager.default.removeItem(atPath: "\(files)/ballast")
            #expect(try await api.put(url, pdf).status == 204)
        }
    }
}
