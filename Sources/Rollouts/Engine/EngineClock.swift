#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Tells the time and waits for it.
package protocol EngineClock: WallClock {
    /// Time since some fixed moment, by a clock that is never stepped.
    var uptime: Duration { get }

    /// - Throws: `CancellationError`.
    func sleep(for duration: Duration) async throws
}

package struct SystemClock: EngineClock {
    private static let start = ContinuousClock.now

    package init() {}

    package var uptime: Duration { ContinuousClock.now - Self.start }

    package var now: Timestamp {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(microseconds: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1_000)
    }

    package func sleep(for duration: Duration) async throws {
        try await ContinuousClock().sleep(for: max(duration, .zero))
    }
}
