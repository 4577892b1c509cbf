import Glibc
import Rollouts

extension FileStamp {
    /// The file's stamp as it is on disk now; nil when there is none.
    package init?(path: String) {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        let (seconds, nanoseconds) = (Int64(status.st_mtim.tv_sec), Int64(status.st_mtim.tv_nsec))
        self.init(
            modified: Timestamp(microseconds: seconds * 1_000_000 + nanoseconds / 1_000), bytes: Int64(status.st_size),
            inode: UInt64(status.st_ino))
    }
}
