import TestSupport
import Testing

@testable import Documents

struct IdentityTests {
    private static let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

    @Test func `a document's id follows from its user and its bytes`() {
        let id = DocumentIdentity.document(user: "123e4567-e89b-12d3-a456-426614174000", sha256: Self.empty)
        #expect(id == "f4182026-72d5-569b-a77e-53f6dd693264")
    }

    @Test func `a chunk's id follows from its document, its chunker and its place`() {
        let document = "f4182026-72d5-569b-a77e-53f6dd693264"
        let id = DocumentIdentity.chunk(document: document, chunker: "markdown-simple", version: "1", ordinal: 0)
        #expect(id == "cc2fdca9-428b-59da-98c2-30b5c3592b96")
        let upper = DocumentIdentity.chunk(
            document: document.uppercased(), chunker: "Markdown-Simple", version: "1", ordinal: 0)
        #expect(upper == id)
    }

    @Test func `the name-based UUID of the standard's example comes out`() throws {
        // RFC 9562, appendix A.4.
        let dns = try #require(UUIDBytes("6ba7b810-9dad-11d1-80b4-00c04fd430c8"))
        let id = NamedUUID.version5(namespace: dns, name: "www.example.com")
        #expect(id == "2ed6657d-e927-568b-95e1-2665a8aea6a2")
    }

    @Test(arguments: ["", "6ba7b810", "6ba7b810-9dad-11d1-80b4-00c04fd430cg", "6ba7b8109-dad-11d1-80b4-00c04fd430c8"])
    func `what is no UUID is refused`(text: String) {
        #expect(UUIDBytes(text) == nil)
    }

    @Test func `buckets are spread evenly`() {
        var generator = SplitMix(seed: 7)
        let counts = (0..<20_000).reduce(into: [Int](repeating: 0, count: 100)) { counts, _ in
            let id = UUIDBytes { count in (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) } }
            counts[DocumentIdentity.bucket(job: id.text)] += 1
        }
        // 200 expected; six standard deviations are 85.
        #expect(counts.allSatisfy { abs($0 - 200) < 85 })
    }

    @Test(arguments: [(-1, 5), (5, 4), (0, 101)])
    func `a share outside the buckets is refused`(from: Int, to: Int) {
        #expect(JobBuckets(from: from, to: to) == nil)
    }
}
