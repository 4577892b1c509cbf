import Foundation

/// Programs from PyPI that tests ask for a second opinion. `deploy/setup.sh test` installs them, at the versions that
/// `Tests/python.txt` names, into a folder that is named for that file's content.
package enum PythonTools {
    package static func path(_ program: String) throws -> String {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let home = ProcessInfo.processInfo.environment["HOME"] ?? "/root"
        let versions = try Data(contentsOf: root.appending(path: "Tests/python.txt"))
        let path = "\(home)/.cache/tidegate/python-\(checksum(versions))/bin/\(program)"
        guard FileManager.default.isExecutableFile(atPath: path) else { throw Missing(program: program, path: path) }
        return path
    }

    /// POSIX `cksum`'s CRC, which the shell has too.
    private static func checksum(_ data: Data) -> UInt32 {
        var length = data.count
        var bytes = Array(data)
        while length > 0 {
            bytes.append(UInt8(length & 0xff))
            length >>= 8
        }
        var crc: UInt32 = 0
        for byte in bytes {
            crc ^= UInt32(byte) << 24
            for _ in 0..<8 { crc = crc & 0x8000_0000 == 0 ? crc << 1 : (crc << 1) ^ 0x04c1_1db7 }
        }
        return ~crc
    }

    package struct Missing: Error, CustomStringConvertible {
        let program: String
        let path: String
        package var description: String { "\(path) is missing: run deploy/setup.sh test, which installs \(program)" }
    }
}
