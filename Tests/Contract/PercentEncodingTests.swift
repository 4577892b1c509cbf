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
}
