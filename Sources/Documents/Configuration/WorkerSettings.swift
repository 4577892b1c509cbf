import Contract

/// Everything that the worker reads from its environment.
package struct WorkerSettings: Sendable {
    package var common: CommonSettings
    /// Drill: the worker exits when its first job begins. Refused in production.
    package var exitsOnFirstJob: Bool

    package init(from reader: inout SettingsReader) {
        common = CommonSettings(from: &reader)
        exitsOnFirstJob =
            reader.flag(
                "DRILL_WORKER_EXIT", "drill: it exits when its first job begins", readWhen: CommonSettings.drills)
            ?? false
        reader.refuseDrills(["WORKER_EXIT"])
    }
}
