import Documents
import Logging
import Storage

/// What the worker works with. Clock, chance and the end of the process are handed in.
struct WorkerEnvironment: Sendable {
    var instance: String
    var release: String
    var database: any Database
    var parser: any DocumentParser
    var embedder: any Embedder
    var objects: any ObjectStorage
    var payments: any JobPayments
    /// Ends jobs, several at once.
    var completions: CompletionDesk
    var options: WorkerOptions
    var logger: Logger
    /// Microseconds since 1970.
    var now: @Sendable () -> Int64
    /// 0..<1.
    var jitter: @Sendable () -> Double
    /// Seconds until a provider is worth asking again; nil while it is.
    var providerWait: @Sendable (_ provider: String) -> Double?
    /// The drill: called when the first job begins; ends the process. Nil: no drill.
    var drill: (@Sendable () -> Void)?
    var random: @Sendable (Int) -> [UInt8] = RandomBytes.make
    /// Where the parser reaches the API, to tell that it is done; nil: it is only asked.
    var webhookBase: String?

    func webhook(for job: JobRecord) -> ParseWebhook? {
        webhookBase.map { base in
            ParseWebhook(url: "\(base)/api/v2/webhooks/llamaparse/\(job.id)", secret: Credential(job.webhookSecret))
        }
    }

    /// How long a job waits before the parser is asked again, after so many waits. Who is told need rarely ask.
    func pause(afterWaits waits: Int) -> Duration {
        webhookBase == nil ? min(.seconds(2) * (1 << min(waits, 3)), .seconds(15)) : .seconds(30)
    }

    /// The stages whose provider can be asked now.
    var openStages: [JobStage] {
        JobStage.allCases.filter { stage in stage.provider.map { providerWait($0) == nil } ?? true }
    }

    /// What may be claimed now; nil when nothing may.
    func claimRequest(share: JobBuckets, budget: BudgetState) -> ClaimRequest? {
        let pinnedOnly: Bool
        switch budget {
        case .open: pinnedOnly = false
        case .reached: pinnedOnly = true
        case .reserveReached: return nil
        }
        return ClaimRequest(
            owner: instance, release: release, share: share, stages: openStages, pinnedOnly: pinnedOnly,
            leaseDuration: options.leaseDuration.microseconds,
            heartbeatTimeout: options.heartbeatTimeout.microseconds)
    }
}
