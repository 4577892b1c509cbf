import ArgumentParser
import Definitions
import Foundation
import Rollouts

/// Times as people type them.
enum WrittenTime {
    static var now: Timestamp { Timestamp(microseconds: Int64(Date().timeIntervalSince1970 * 1_000_000)) }

    /// `2026-12-24T16:00Z`, with seconds or an offset such as `+01:00` if need be; or `4h`, from now on.
    /// - Returns: it in UTC, as the API takes it.
    static func moment(_ text: String, now: Timestamp) throws -> String {
        if let duration = Quantity.duration(text) { return (now + duration).rfc3339 }
        // The form that Foundation reads has seconds.
        let pattern = /(\d{4}-\d\d-\d\dT\d\d:\d\d)(:\d\d)?(Z|[+-]\d\d:\d\d)/
        guard let match = text.wholeMatch(of: pattern),
            let date = try? Date("\(match.1)\(match.2 ?? ":00")\(match.3)", strategy: .iso8601)
        else { throw ValidationError("\(text) is no time; write it like 2026-12-24T16:00Z, or 4h for in four hours.") }
        return Timestamp(microseconds: Int64(date.timeIntervalSince1970) * 1_000_000).rfc3339
    }
}
