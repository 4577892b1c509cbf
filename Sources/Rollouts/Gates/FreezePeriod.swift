import Definitions

/// A time in which nothing but rollbacks begins, set by a person.
package struct Freeze: Codable, Sendable, Equatable {
    package var id: String
    package var environment: String
    package var from: Timestamp
    package var until: Timestamp
    package var reason: String
    package var by: String
    package var at: Timestamp
    package var liftedAt: Timestamp?
    package var liftedBy: String?
    package var liftReason: String?

    package init(
        id: String, environment: String, from: Timestamp, until: Timestamp, reason: String, by: String, at: Timestamp
    ) {
        self.id = id
        self.environment = environment
        self.from = from
        self.until = until
        self.reason = reason
        self.by = by
        self.at = at
    }

    package func isInForce(at now: Timestamp) -> Bool { liftedAt == nil && from <= now && now < until }
}

/// How far a zone's clocks are ahead of UTC at a moment, in seconds; nil when nobody knows the zone.
package typealias ZoneOffset = @Sendable (_ zone: String, _ at: Timestamp) -> Int?

/// One occurrence of a window that comes again and again.
package struct FreezePeriod: Sendable, Equatable {
    package var from: Timestamp
    package var until: Timestamp

    package init(from: Timestamp, until: Timestamp) {
        self.from = from
        self.until = until
    }

    /// The occurrence that `now` lies in; of several the one that ends last.
    ///
    /// A window goes by the clocks of its zone. A time that a change of the clocks skips or repeats is taken so that the
    /// window is the longer: it begins at the first such moment and ends at the last.
    /// - Returns: nil when it is not in force.
    /// - Throws: `UnknownZone`.
    package static func inForce(
        _ window: FreezeWindow, at now: Timestamp, offset: @escaping ZoneOffset
    ) throws(UnknownZone) -> FreezePeriod? {
        let clock = ZoneClock(zone: window.zone, offset: offset)
        let length: Int64 = window.from.day == nil ? 86_400 : 7 * 86_400
        let wall = try clock.wall(now)
        // The day, or the week from Monday on, that the clocks are in; 1970 began on a Thursday.
        let shift: Int64 = window.from.day == nil ? 0 : 3 * 86_400
        let base = floorDivide(wall + shift, length) * length - shift
        let lasts = floorModulo(window.until.seconds - window.from.seconds, length)
        var found: FreezePeriod?
        for back in [-2, -1, 0, 1] as [Int64] {
            let start = base + back * length + window.from.seconds
            let period = FreezePeriod(
                from: try clock.moments(start).first, until: try clock.moments(start + lasts).last)
            if period.from <= now, now < period.until, found.map({ $0.until < period.until }) ?? true { found = period }
        }
        return found
    }

    package struct UnknownZone: Error, Sendable, Equatable {
        package var zone: String
    }
}

extension FreezeWindow.WeekTime {
    /// Since midnight, or since Monday's.
    fileprivate var seconds: Int64 { Int64(day ?? 0) * 86_400 + Int64(minute) * 60 }
}

/// A zone's clocks. A time on the wall is written as the seconds that UTC would need to show it.
private struct ZoneClock {
    let zone: String
    let offset: ZoneOffset

    func wall(_ moment: Timestamp) throws(FreezePeriod.UnknownZone) -> Int64 {
        floorDivide(moment.microseconds, 1_000_000) + Int64(try ahead(moment))
    }

    /// The moments at which the clocks show it: the same one twice as a rule, two when it is repeated; where it is skipped,
    /// what the clocks before and those after the change make of it.
    func moments(_ wall: Int64) throws(FreezePeriod.UnknownZone) -> (first: Timestamp, last: Timestamp) {
        var all: [Timestamp] = []
        for day in [-86_400, 86_400] as [Int64] {
            let near = Timestamp(microseconds: (wall + day) * 1_000_000)
            all.append(Timestamp(microseconds: (wall - Int64(try ahead(near))) * 1_000_000))
        }
        var shown: [Timestamp] = []
        for moment in all where try self.wall(moment) == wall { shown.append(moment) }
        let chosen = shown.isEmpty ? all : shown
        return (chosen.min() ?? all[0], chosen.max() ?? all[0])
    }

    private func ahead(_ moment: Timestamp) throws(FreezePeriod.UnknownZone) -> Int {
        guard let ahead = offset(zone, moment) else { throw .init(zone: zone) }
        return ahead
    }
}

private func floorModulo(_ value: Int64, _ divisor: Int64) -> Int64 { value - floorDivide(value, divisor) * divisor }
