/// Requests and errors by minute over the last while, in memory that does not grow.
///
/// A minute that was never reported is unknown, which is not the same as one without requests.
package struct MinuteCounts: Sendable, Equatable {
    private struct Slot: Codable, Sendable, Equatable {
        /// Minutes since the clock's zero.
        var minute: Int64
        var count: ArmCount
    }

    /// What a window holds.
    package struct Sum: Codable, Sendable, Equatable {
        package var count: ArmCount
        /// How many of the window's minutes were reported.
        package var known: Int

        package init(_ count: ArmCount = ArmCount(requests: 0, errors: 0), known: Int = 0) {
            self.count = count
            self.known = known
        }
    }

    private var slots: [Slot?]

    /// How many minutes it holds.
    package var capacity: Int { slots.count }

    /// - Parameter minutes: 4,320 is three days.
    package init(minutes: Int = 4_320) { slots = [Slot?](repeating: nil, count: min(max(1, minutes), Self.most)) }

    /// Adds to the minute of `at`, microseconds on the wall clock. Counts may come late, and in any order, while their minute
    /// is among those that are held.
    ///
    /// - Returns: false when the minute has been given up for a later one, or a count is below 0: nothing was added.
    package mutating func add(_ count: ArmCount, at: Int64) -> Bool {
        guard count.requests >= 0, count.errors >= 0 else { return false }
        let minute = Self.minute(at)
        let index = index(of: minute)
        guard let slot = slots[index], slot.minute >= minute else {
            slots[index] = Slot(minute: minute, count: count)
            return true
        }
        guard slot.minute == minute else { return false }
        slots[index] = Slot(minute: minute, count: slot.count + count)
        return true
    }

    /// The last `minutes`, the one of `at` among them, or as many as are held.
    package func sum(last minutes: Int, at: Int64) -> Sum {
        let now = Self.minute(at)
        var sum = Sum()
        for back in 0..<Int64(min(max(0, minutes), capacity)) {
            guard let slot = slots[index(of: now - back)], slot.minute == now - back else { continue }
            sum.count = sum.count + slot.count
            sum.known += 1
        }
        return sum
    }

    private static let most = 100_000

    private static func minute(_ at: Int64) -> Int64 { at >= 0 ? at / 60_000_000 : (at + 1) / 60_000_000 - 1 }

    private func index(of minute: Int64) -> Int {
        let rest = minute % Int64(capacity)
        return Int(rest < 0 ? rest + Int64(capacity) : rest)
    }
}

/// The minutes that are known, in rising order.
extension MinuteCounts: Codable {
    private enum CodingKeys: String, CodingKey { case capacity, minutes }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        self.init(minutes: try container.decode(Int.self, forKey: .capacity))
        for slot in try container.decode([Slot].self, forKey: .minutes) { slots[index(of: slot.minute)] = slot }
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(capacity, forKey: .capacity)
        try container.encode(slots.compactMap(\.self).sorted { $0.minute < $1.minute }, forKey: .minutes)
    }
}
