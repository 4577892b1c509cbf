import ControlPlane
import Foundation
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1)))
struct StateDirectoryTests {
    @Test func `one engine holds a state directory, and the next is told which`() throws {
        let folder = try TemporaryFolder()
        let path = folder.file(".tidegate")
        do {
            let held = try StateDirectory(path)
            let refusal = #expect(throws: Refusal.self) { _ = try StateDirectory(path) }
            #expect(refusal?.exit == .lockHeld)
            #expect(refusal?.message.contains("process \(getpid())") == true)
            withExtendedLifetime(held) {}
        }
        _ = try StateDirectory(path)
    }

    @Test func `it is the owner's alone`() throws {
        let folder = try TemporaryFolder()
        let directory = try StateDirectory(folder.file(".tidegate"))
        let mode = try FileManager.default.attributesOfItem(atPath: directory.path)[.posixPermissions] as? Int
        #expect(mode == 0o700)
    }

    @Test func `the reserve is a megabyte that can be given back once`() throws {
        let folder = try TemporaryFolder()
        let directory = try StateDirectory(folder.file(".tidegate"))
        #expect(directory.reserve.free())
        #expect(!directory.reserve.free())
        try directory.reserve.fill()
        #expect(directory.reserve.free())
    }

    @Test func `a path too long for a socket is refused in a sentence`() throws {
        let folder = try TemporaryFolder()
        let deep = folder.file(String(repeating: "d", count: 100))
        let refusal = #expect(throws: Refusal.self) { _ = try StateDirectory(deep) }
        #expect(refusal?.code == "path_too_long")
    }

    @Test func `a folder that cannot be made says so`() {
        let refusal = #expect(throws: Refusal.self) { _ = try StateDirectory("/proc/none/.tidegate") }
        #expect(refusal?.code == "unwritable_state")
    }

    @Test func `the project is the nearest folder with environments`() throws {
        let folder = try TemporaryFolder()
        try folder.write("shop/environments/dev.yaml", "")
        try folder.write("shop/deep/er/file", "")
        let found = try Project.find(given: nil, from: folder.file("shop/deep/er"))
        #expect(found.path == folder.file("shop"))
        let named = try Project.find(given: "shop/../shop/.", from: folder.path)
        #expect(named == found)
        #expect(throws: Refusal.self) { _ = try Project.find(given: nil, from: "/proc") }
    }

    @Test func `a taken port is not free, and a freed one is`() throws {
        let port = try freePort()
        #expect(PortProbe.isFree(host: "127.0.0.1", port: port))
    }
}
