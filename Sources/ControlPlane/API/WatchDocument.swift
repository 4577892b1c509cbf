import Rollouts

/// How a release did in the time after its rollout for which it was watched.
package struct WatchDocument: Codable, Sendable, Equatable {
    package struct Service: Codable, Sendable, Equatable {
        package var service: String
        package var requests: Int64
        package var failed: Int64
        /// Requests whose time was taken, and those of them that were slower than the objective allows.
        package var timed: Int64
        package var slow: Int64
    }

    package struct Breaches: Codable, Sendable, Equatable {
        package var minutes: Int
        package var first: String
        package var why: String
    }

    package var from: String
    package var until: String
    package var seconds: Double
    /// The rollout that ended the watch before its time.
    @Null package var endedBy: String?
    package var services: [Service]
    /// The minutes in which a verdict failed.
    @Null package var breaches: Breaches?

    package init(_ summary: WatchSummary) {
        from = summary.from.rfc3339
        until = summary.until.rfc3339
        seconds = (summary.until - summary.from).seconds
        services = summary.services.map {
            Service(
                service: $0.service, requests: $0.traffic.requests, failed: $0.traffic.errors, timed: $0.traffic.timed,
                slow: $0.traffic.slow)
        }
        _endedBy = Null(wrappedValue: summary.endedBy)
        _breaches = Null(
            wrappedValue: summary.breaches.map {
                Breaches(minutes: $0.minutes, first: $0.first.rfc3339, why: $0.why)
            })
    }

    /// What people read: how long and whether a verdict failed, then a line for each service.
    package var lines: [String] {
        let length = Duration.microseconds(Int64(seconds * 1_000_000)).words
        let head = "watched for \(length) after it succeeded" + (endedBy.map { ", until \($0) began" } ?? "")
        let said = breaches.map { breaches in
            let minutes = breaches.minutes == 1 ? "one minute" : "\(breaches.minutes) minutes"
            return
                "a verdict failed in \(minutes), first at \(Timestamp(rfc3339: breaches.first)?.minute ?? breaches.first): \(breaches.why)"
        }
        return ["\(head): \(said ?? "no verdict failed")"] + services.map(\.line)
    }
}

extension WatchDocument.Service {
    fileprivate var line: String {
        guard requests > 0 else { return "\(service): nothing to do" }
        let failed = "\(failed) of \(requests) failed (\(Self.share(failed, of: requests)))"
        guard slow > 0, timed > 0 else { return "\(service): \(failed)" }
        return "\(service): \(failed), \(Self.share(slow, of: timed)) were slower than promised"
    }

    private static func share(_ part: Int64, of whole: Int64) -> String {
        "\((Double(part) / Double(whole) * 100_000).rounded() / 1_000) %"
    }
}
