import Crypto
import JWTKit
import Testing

@testable import API

@Suite struct `Tokens that were verified` {
    private func claims(_ number: Int) -> TokenClaims {
        TokenClaims(
            iss: "i", aud: AudienceClaim(value: ["a"]), sub: "\(number)", exp: 0, nbf: 0, role: "user", sid: nil)
    }

    private func digest(_ number: Int) -> SHA256.Digest { SHA256.hash(data: Array("\(number)".utf8)) }

    @Test func `are known again, each with what it says, and no other is`() {
        let known = KnownTokens()
        for number in 1...3 { known.add(digest(number), claims(number)) }
        #expect((1...3).map { known[digest($0)]?.sub } == ["1", "2", "3"])
        #expect(known[digest(4)] == nil)
    }

    @Test func `take a bounded room, in which those in use stay`() {
        let known = KnownTokens()
        for number in 0..<(5 * KnownTokens.generation) {
            known.add(digest(number), claims(number))
            #expect(known[digest(0)]?.sub == "0")
        }
        #expect(known.count <= 2 * KnownTokens.generation)
        #expect(known[digest(1)] == nil)
    }
}
