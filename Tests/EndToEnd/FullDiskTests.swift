import Foundation
import Synchronization
import TestSupport
import Testing

extension EndToEnd {
    @Suite(.enabled(if: Mount.isPossible, "needs the right to mount")) struct `A state directory` {
        /// `.tidegate` on a disk of its own; the application's own data stays elsewhere.
        private func withDisk(_ body: (Stack, Mount) async throws -> Void) async throws {
            let disk = Mutex<Mount?>(nil)
            try await Stack.with(
                prepare: { stack in
                    try stack.hasten()
                    try stack.rewrite("environments/dev.yaml") { $0.replacing(".tidegate/dev/", with: "application/") }
                    try FileManager.default.createDirectory(
                        atPath: stack.folder.file("application/files"), withIntermediateDirectories: true)
                    let mount = try Mount(over: stack.state, megabytes: 48)
                    disk.withLock { $0 = mount }
                },
                finish: { _ in try disk.withLock { try $0?.remove() } },
                { stack in
                    guard let mount = disk.withLock({ $0 }) else { return }
                    try await body(stack, mount)
                })
        }

        @Test func `on a full disk begins nothing, ends what it has begun, and recovers by itself`() async throws {
            try await withDisk { stack, disk in
                try await stack.lightlySteady()
                try disk.fill()
                try await stack.untouched {
                    expect(try await stack.lightRelease("v2"), exits: 4, saying: "No space is left", stack.state)
                    expect(
                        try await stack.tidegate("rollout", "dev", "--release", "v1", "--yes"), exits: 4,
                        saying: "No space is left")
                }
                let list = try await stack.tidegate("release", "list", "--json")
                #expect(list.exit == 0 && !list.output.contains("v2"))
                let isRaised = await eventually { await stack.fires("DiskFull") }
                #expect(isRaised)

                try disk.empty()
                let isOver = await eventually { await !stack.fires("DiskFull") }
                #expect(isOver)
                try await fillDuringRollout(stack, disk)
                try await rollBackOnFullDisk(stack, disk)

                try disk.empty()
                let isWhole = await eventually { stack.reserveBytes >= 8 << 20 }
                #expect(isWhole)
                #expect(try await stack.lightRelease("v3").exit == 0)
                let rollout = try await stack.rollOut("v3")
                #expect(rollout.exit == 0, "\(rollout)")
            }
        }

        @Test func `that is read-only is named, and nothing is half done`() async throws {
            try await withDisk { stack, disk in
                try await stack.lightlySteady()
                // A disk on which something is open for writing cannot be made so.
                #expect(try await stack.tidegate("stop").exit == 0)
                try disk.setReadOnly(true)
                expect(try await stack.tidegate("status", "dev"), exits: 4, saying: stack.state, "Read-only")
                expect(try await stack.tidegate("serve"), exits: 4, saying: stack.state, "Read-only")
                try disk.setReadOnly(false)
                let isSteady = await eventually { (try? await stack.status().state) == "steady" }
                #expect(isSteady)
            }
        }
    }
}

private func fillDuringRollout(_ stack: Stack, _ disk: Mount) async throws {
    #expect(try await stack.lightRelease("v2", set: ["UPLOAD_PIPELINE_LOG_LEVEL=warning"]).exit == 0)
    let rollout = try stack.start(["rollout", "dev", "--release", "v2", "--yes", "--json"])
    let hasBegun = await eventually { (try? rollout.output.contains("\"type\":\"weights_shifted\"")) == true }
    #expect(hasBegun)
    try disk.fill()
    let ended = try await rollout.result()
    #expect([0, 5].contains(ended.exit), "\(ended.output.suffix(2000))\(ended.errors)")
    #expect(stack.reserveBytes == 0)
    let status = try await stack.status()
    #expect(status.release == (ended.exit == 0 ? "v2" : "v1"))
    #expect(status.service("api")?.ready == 2)
}

/// What is asked for when nothing else may be begun any more: it is journaled in the reserve's space, and an alert says so.
private func rollBackOnFullDisk(_ stack: Stack, _ disk: Mount) async throws {
    try disk.empty()
    let isWhole = await eventually { stack.reserveBytes >= 8 << 20 }
    #expect(isWhole)
    let before = try #require(try await stack.status().release)
    #expect(try await stack.lightRelease("v4", set: ["UPLOAD_PIPELINE_DRILL_ERROR_AFTER=4"]).exit == 0)
    let there = try await stack.rollOut("v4", "--reason", "to have something to go back from")
    try #require(there.exit == 0, "\(there)")
    try disk.fill()
    let back = try await stack.tidegate("rollback", "dev", "--reason", "the disk is full")
    #expect(back.exit == 0, "\(back)")
    #expect(stack.reserveBytes == 0)
    #expect(try await stack.status().release == before)
    #expect(try await stack.tidegate("history", "dev").output.contains("the disk is full"))
    let isRaised = await eventually { await stack.fires("DiskFull") }
    #expect(isRaised)
}

extension Stack {
    fileprivate func fires(_ alert: String) async -> Bool {
        (try? await status().alerts.contains { $0.name == alert }) == true
    }

    /// What the reserve occupies on the disk.
    fileprivate var reserveBytes: Int {
        var status = stat()
        return stat("\(state)/reserve", &status) == 0 ? Int(status.st_blocks) * 512 : 0
    }
}
