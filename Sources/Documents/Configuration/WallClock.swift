import Foundation

/// The time of day in microseconds since 1970; handed in wherever it is needed.
package typealias MicrosecondClock = @Sendable () -> Int64

package enum WallClock {
    package static let microseconds: MicrosecondClock = { Int64(Date().timeIntervalSince1970 * 1e6) }
}
