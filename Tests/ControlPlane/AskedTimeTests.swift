import Rollouts
import Testing

@testable import ControlPlane

@Suite struct `A time in a request` {
    @Test(arguments: ["2026-12-24T16:00Z", "2026-12-24T16:00:00Z", "2026-12-24T16:00:00.000Z"])
    func `may leave out what is nought`(text: String) {
        #expect(Timestamp(asked: text)?.rfc3339 == "2026-12-24T16:00:00.000Z")
    }

    @Test(arguments: ["", "Z", "2026-12-24", "2026-12-24T16:00", "2026-12-24T16:00+01", "2026-13-24T16:00Z", "16:00Z"])
    func `is none without its date, its minutes or its zone`(text: String) {
        #expect(Timestamp(asked: text) == nil)
    }
}
