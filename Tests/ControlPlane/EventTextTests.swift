import Analysis
import Rollouts
import Testing

@testable import ControlPlane

@Suite(.timeLimit(.minutes(1))) struct `A look at a rollout, as it is told` {
    private func entry(_ stage: Stage, _ judgements: [Judgement]) -> JournalEntry {
        let at = Timestamp(microseconds: 1_790_000_000_000_000)
        let sample = SignalSample(service: "api", at: at, epoch: "1", arms: [])
        return JournalEntry(
            seq: 9, at: at, rollout: "r-1", event: .sampled(.init(action: "a", sample: sample)), stage: stage,
            verdicts: judgements.map {
                Verdict(
                    signal: "error_rate", service: "api", verdict: $0, value: 0.1, samples: 130, why: "20 of 130 failed"
                )
            })
    }

    @Test func `says that the release goes back, and why, when it decided so`() throws {
        let document = try EventText.document(entry(.restoring, [.pass, .fail]))
        #expect(document.text == "going back: 20 of 130 failed")
        #expect(document.isTurn, "so that it is shown where looks are not")
    }

    @Test func `says what was seen otherwise`() throws {
        for judgements in [[], [Judgement.pass], [.notEnoughEvidence]] {
            let document = try EventText.document(entry(.analysing(service: "api", step: 1), judgements))
            #expect(document.text.hasPrefix("api: ") && !document.isTurn)
        }
    }
}
