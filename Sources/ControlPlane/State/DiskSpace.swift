import Operations

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// The room on the disk that holds the state directory, the reserve apart.
package struct DiskSpace: Sendable {
    /// With less than this, in bytes, nothing new begins.
    package static let least = Int64(Reserve.size)

    package let path: String
    package let reserve: Reserve

    package init(path: String, reserve: Reserve) {
        self.path = path
        self.reserve = reserve
    }

    /// Bytes that this user may still write; nil when the disk does not say.
    package var available: Int64? {
        var status = statvfs()
        guard statvfs(path, &status) == 0 else { return nil }
        return Int64(clamping: UInt64(status.f_bavail) * UInt64(status.f_frsize))
    }

    /// Nil when it is not known.
    package var facts: AlertFacts.Disk? {
        available.map { .init(place: path, available: $0, isShort: isShort($0)) }
    }

    /// - Throws: `Refusal` `disk_full` (exit 4) when there is too little room to begin anything.
    package func check() throws {
        guard let available, isShort(available) else { return }
        throw Refusal(
            "disk_full",
            "No space is left on the disk of \(path) (\(available >> 10) KiB); make room, then try again.",
            exit: .checkFailed)
    }

    /// Fills the reserve again once that leaves room for others: not while what was just freed is needed.
    package func keepReserve() throws {
        guard !reserve.isWhole, let available, available >= 2 * DiskSpace.least else { return }
        try reserve.fill()
    }

    private func isShort(_ available: Int64) -> Bool { available < DiskSpace.least || !reserve.isWhole }
}
