/// What an instance's processes take of the machine now.
package struct InstanceUsage: Sendable, Equatable {
    /// Processor time since they started, in seconds.
    package var cpuSeconds: Double
    /// Memory in use, in MiB.
    package var memory: Double
    /// What its files take, in MiB.
    package var disk: Double

    package init(cpuSeconds: Double, memory: Double, disk: Double) {
        self.cpuSeconds = cpuSeconds
        self.memory = memory
        self.disk = disk
    }
}

/// Where an instance's use of the machine is known.
package protocol UsageSource: Sendable {
    /// By instance; those that have no process are not among them.
    func usage(of instances: [Instance]) async -> [String: InstanceUsage]
}
