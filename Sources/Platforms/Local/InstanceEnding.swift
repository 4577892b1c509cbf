import Contract
import Dispatch
import Glibc
import Rollouts

/// Ends processes: SIGTERM to the group, the drain time that the contract gives, then SIGKILL.
struct InstanceEnding: Sendable {
    private static let pace = Duration.milliseconds(20)
    /// How long the kernel may take to bury what was killed.
    private static let burial = Duration.seconds(5)

    let processes: ProcessTable

    /// Returns when the instance's process is gone. A process that was started and not yet recorded is found by its id.
    func end(_ record: InstanceRecord) async {
        let found = processes.leaders(withVariable: InstanceEnvironment.instance)[record.id]
        guard let pid = record.pid ?? found?.pid, let started = record.started ?? found?.started else { return }
        guard processes.end(of: pid, started: started) == .running else { return }
        processes.signal(pid, SIGTERM)
        let drain = Duration.seconds(record.service.artifact.contract.drainSeconds)
        if await isGone(pid, started, within: drain) { return }
        processes.signal(pid, SIGKILL)
        _ = await isGone(pid, started, within: Self.burial)
    }

    /// Looks on even when the task is cancelled: a half-stopped instance would be nobody's.
    private func isGone(_ pid: Int, _ started: Int64, within limit: Duration) async -> Bool {
        let end = ContinuousClock.now + limit
        while processes.end(of: pid, started: started) == .running {
            if ContinuousClock.now >= end { return false }
            await uncancelled(Self.pace)
        }
        return true
    }
}

/// Waits the whole time, whether the current task is cancelled or not.
func uncancelled(_ time: Duration) async {
    let (seconds, attoseconds) = time.components
    let nanoseconds = Int(seconds) * 1_000_000_000 + Int(attoseconds / 1_000_000_000)
    await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
        DispatchQueue.global().asyncAfter(deadline: .now() + .nanoseconds(nanoseconds)) { continuation.resume() }
    }
}
