import Foundation

/// The time zones of the IANA database, as Foundation brings it.
package let zoneOffsetOfIANA: ZoneOffset = { zone, at in
    TimeZone(identifier: zone)?.secondsFromGMT(for: Date(timeIntervalSince1970: Double(at.microseconds) / 1_000_000))
}
