import Rollouts

/// The clock of one machine: its wall's time may be stepped, its waiting goes on as time does.
struct SimulatedClock: EngineClock {
    let incarnation: Incarnation
    let wall: Wall

    // Only the thread that runs the simulation ever touches it.
    final class Wall: @unchecked Sendable {
        /// Microseconds that the wall's clock is ahead of time.
        var offset: Int64 = 0
    }

    static let epoch: Int64 = 1_800_000_000_000_000

    var now: Timestamp { Timestamp(microseconds: Self.epoch + incarnation.timeline.now + wall.offset) }

    var uptime: Duration { .microseconds(incarnation.timeline.now) }

    func sleep(for duration: Duration) async throws {
        try await incarnation.exist()
        try await incarnation.timeline.sleep(duration.microseconds)
        try await incarnation.exist()
    }
}
