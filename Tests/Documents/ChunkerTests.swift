import TestSupport
import Testing

@testable import Documents

struct ChunkerTests {
    @Test func `a chunk starts at a heading`() {
        let chunks = MarkdownChunker.chunks(of: "intro\n# One\ntext\n## Two\nmore")
        #expect(chunks.map(\.text) == ["intro", "# One\ntext", "## Two\nmore"])
        #expect(chunks.map(\.lineCount) == [1, 2, 2])
    }

    @Test func `a chunk ends after twenty lines`() {
        let lines = (1...45).map { "line \($0)" }
        let chunks = MarkdownChunker.chunks(of: lines.joined(separator: "\n"))
        #expect(chunks.map(\.lineCount) == [20, 20, 5])
        #expect(chunks.map(\.text).joined(separator: "\n") == lines.joined(separator: "\n"))
    }

    @Test func `chunks are stripped and empty ones dropped`() {
        let chunks = MarkdownChunker.chunks(of: "\n  \n\t\n# A\n\n  body  \n\n" + String(repeating: "\n", count: 50))
        #expect(chunks.map(\.text) == ["# A\n\n  body"])
    }

    @Test(arguments: ["", "\n", " \t\n \n"])
    func `nothing makes no chunk`(text: String) {
        #expect(MarkdownChunker.chunks(of: text).isEmpty)
    }

    @Test(
        arguments: [("# a", true), ("###### a", true), ("#", true), ("   # a", true), ("#\ta", true)]
            + [("####### a", false), ("#a", false), ("    # a", false), ("a # b", false), ("", false)])
    func `headings are those of CommonMark`(line: String, isHeading: Bool) {
        #expect(MarkdownChunker.isHeading(line[...]) == isHeading)
    }

    @Test(arguments: 0..<200 as Range<UInt64>)
    func `whatever the text, its words survive in order and chunks keep the rules`(seed: UInt64) {
        var generator = SplitMix(seed: seed)
        let text = Self.text(&generator)
        let chunks = MarkdownChunker.chunks(of: text)
        let words = { (text: String) in text.split(whereSeparator: \.isWhitespace).map(String.init) }
        #expect(chunks.flatMap { words($0.text) } == words(text), "seed \(seed)")
        for chunk in chunks {
            let lines = chunk.text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
            #expect(lines.count <= chunk.lineCount && chunk.lineCount <= 20, "seed \(seed)")
            #expect(chunk.text.first?.isWhitespace == false && chunk.text.last?.isWhitespace == false, "seed \(seed)")
            #expect(!lines.dropFirst().contains { MarkdownChunker.isHeading($0) }, "seed \(seed)")
        }
        #expect(MarkdownChunker.chunks(of: text) == chunks)
    }

    private static func text(_ generator: inout SplitMix) -> String {
        let pieces = ["# Heading", "## Sub", "word", "two words", "", " ", "\t", "ünïcödé", "#no", "    # code", "🧪"]
        let ends = ["\n", "\r\n", "\n\n", "\u{c}"]
        return (0..<Int.random(in: 0...120, using: &generator)).reduce(into: "") { text, _ in
            text += pieces.randomElement(using: &generator)! + ends.randomElement(using: &generator)!
        }
    }
}

struct PageEstimateTests {
    @Test func `page objects are counted and nodes of the page tree are not`() {
        let pdf = "<< /Type /Pages /Count 2 >> << /Type/Page >> <</Type /Page/Parent 1 0 R>>"
        #expect(PDFPages.estimate(Array(pdf.utf8)) == .counted(2))
    }

    @Test func `a file that hides its pages is judged by its size`() {
        let hidden = Array("/Type/Page /Type /ObjStm".utf8) + [UInt8](repeating: 32, count: 5000)
        #expect(PDFPages.estimate(hidden) == .guessed(11))
        #expect(PDFPages.estimate([]) == .guessed(1))
    }
}

struct EmbeddingFlawTests {
    private static func vector(zeros: Int) -> [Float] {
        (0..<EmbeddingRules.dimensions).map { $0 < zeros ? 0 : 0.1 }
    }

    @Test func `real vectors pass and made-up ones do not`() {
        #expect(EmbeddingFlaw.of([Self.vector(zeros: 1000)], count: 1) == nil)
        #expect(EmbeddingFlaw.of([Self.vector(zeros: 1536)], count: 1) == .nearlyZero)
        #expect(EmbeddingFlaw.of([Self.vector(zeros: 1460)], count: 1) == .nearlyZero)
        #expect(EmbeddingFlaw.of([Self.vector(zeros: 0)], count: 2) == .wrongCount(1, expected: 2))
        #expect(EmbeddingFlaw.of([[0.5, 0.5]], count: 1) == .wrongDimension(2))
        #expect(EmbeddingFlaw.of([[Float.nan] + Self.vector(zeros: 0).dropFirst()], count: 1) == .notFinite)
    }
}
