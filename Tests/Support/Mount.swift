import Foundation

/// A small disk of its own over a folder, as long as a test needs it. Needs the right to mount, which root has, mostly.
package struct Mount: Sendable {
    package struct Failure: Error, CustomStringConvertible {
        package let description: String
    }

    /// From <sys/mount.h>, which are enumerations there.
    private static let readOnly = 1
    private static let remount = 32
    private static let detach: Int32 = 2

    package let folder: String
    private let megabytes: Int

    /// - Parameter folder: it must be there; what is in it is hidden meanwhile.
    package init(over folder: String, megabytes: Int) throws {
        self.folder = folder
        self.megabytes = megabytes
        try call(flags: 0)
    }

    /// Whether this process may mount at all.
    package static var isPossible: Bool {
        guard let folder = try? TemporaryFolder(), let mount = try? Mount(over: folder.path, megabytes: 1) else {
            return false
        }
        return (try? mount.remove()) != nil
    }

    package func setReadOnly(_ isReadOnly: Bool) throws {
        try call(flags: Mount.remount | (isReadOnly ? Mount.readOnly : 0))
    }

    package func remove() throws {
        guard umount2(folder, Mount.detach) == 0 else { throw failure("umount2") }
    }

    /// Writes a file until nothing more fits.
    package func fill(_ name: String = "ballast") throws {
        let descriptor = open("\(folder)/\(name)", O_WRONLY | O_CREAT | O_APPEND, 0o600)
        guard descriptor >= 0 else { throw failure("open") }
        defer { close(descriptor) }
        for size in [1 << 16, 1 << 12, 1] {
            let block = [UInt8](repeating: 0x2e, count: size)
            while write(descriptor, block, size) == size {}
        }
    }

    package func empty(_ name: String = "ballast") throws {
        try FileManager.default.removeItem(atPath: "\(folder)/\(name)")
    }

    private func call(flags: Int) throws {
        let code = "size=\(megabytes)m,mode=700".withCString {
            mount("tidegate-test", folder, "tmpfs", UInt(flags), $0)
        }
        guard code == 0 else { throw failure("mount") }
    }

    private func failure(_ what: String) -> Failure {
        Failure(description: "\(what) \(folder): \(String(cString: strerror(errno)))")
    }
}
