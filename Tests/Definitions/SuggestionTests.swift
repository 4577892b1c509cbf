import Definitions
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(5)))
struct SuggestionTests {
    /// The same by definition, without passing anything over.
    private func nearest(to name: String, among candidates: [String]) -> Int? {
        let limit = min(3, max(1, name.count / 3))
        return candidates.filter { $0 != name }.map { Suggestion.distance(name, $0) }.filter { $0 <= limit }.min()
    }

    @Test(arguments: 0..<20)
    func `what is passed over is never the nearest`(seed: UInt64) throws {
        var random = SplitMix(seed: seed)
        let letters = Array("abcAé_1")
        func name() -> String {
            String((0..<Int.random(in: 1...12, using: &random)).map { _ in letters.randomElement(using: &random)! })
        }
        for _ in 0..<30 {
            let candidates = (0..<20).map { _ in name() }
            let wanted = name()
            let found = Suggestion.nearest(to: wanted, among: candidates)
            let folds = { (text: String) in text.lowercased().filter { $0 != "_" } }
            if let same = candidates.first(where: { folds($0) == folds(wanted) }), same != wanted {
                #expect(found == same, "seed \(seed)")
            } else {
                #expect(
                    found.map { Suggestion.distance(wanted, $0) } == nearest(to: wanted, among: candidates),
                    "seed \(seed), \(wanted)")
            }
        }
    }
}
