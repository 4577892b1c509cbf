import Contract
import Testing

struct `Percent-encoding` {
    @Test(arguments: [
        ("p%40ss%2Fword", "p@ss/word"), ("%e2%82%AC", "€"), ("plain", "plain"), ("", ""), ("%2541", "%41"),
    ])
    func `encoded bytes are decoded once`(_ text: String, _ expected: String) {
        #expect(text.percentDecoded == expected)
    }

    @Test(arguments: ["100%", "%4", "%zz", "%+1", "%-1", "a%"])
    func `what is not well formed stays as it is`(_ text: String) {
        #expect(text.percentDecoded == text)
    }

    @Test(arguments: [
        ("a b", "", "a%20b"), ("~-._", "", "~-._"), ("ü/é", "/", "%C3%BC/%C3%A9"), ("ü/é", "", "%C3%BC%2F%C3%A9"),
        ("rate(x{a=\"b\"}[5m])", "", "rate%28x%7Ba%3D%22b%22%7D%5B5m%5D%29"), ("", "", ""), ("\0%", "", "%00%25"),
    ])
    func `what is encoded reads as before, and has no reserved character in it`(
        text: String, kept: String, expected: String
    ) {
        #expect(text.percentEncoded(keeping: kept) == expected)
        #expect(expected.percentDecoded == text)
    }
}
