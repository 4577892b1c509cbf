import Foundation
import Ledger
import Storage
import TestSupport
import Testing

/// `LEDGER_STORMS=10000` runs as many; a failure names its seed.
@Suite(.timeLimit(.minutes(20)))
struct StormTests {
    private static let storms = ProcessInfo.processInfo.environment["LEDGER_STORMS"].flatMap { UInt64($0) } ?? 40
    /// So many share a ledger.
    private static let shared: UInt64 = 20

    @Test func `whoever dies wherever, nothing is overspent, nothing leaks, and the books balance`() throws {
        for first in stride(from: 1, through: Self.storms, by: Int(Self.shared)) {
            let ledger = try Storm.ledgerInMemory()
            for seed in first..<min(first + Self.shared, Self.storms + 1) {
                var storm = Storm(ledger, seed: seed)
                try storm.run()
            }
            #expect(try ledger.read { try Ledger.findings(on: $0) } == [], "seeds from \(first)")
        }
    }
}
