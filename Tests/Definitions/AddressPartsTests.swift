import Testing

@testable import Definitions

struct `The parts of an address` {
    @Test(
        arguments: [
            ("https://api.example.com:8443/v1?a=b#c", "https", nil, "api.example.com:8443", "/v1", "a=b"),
            ("postgresql://me:p@ss@a:1,b:2/db", "postgresql", "me:p@ss", "a:1,b:2", "/db", ""),
            ("redis://:secret@h", "redis", ":secret", "h", "", ""), ("x://", "x", nil, "", "", ""),
            ("http://h?next=http://other/", "http", nil, "h", "", "next=http://other/"), ("://h", "", nil, "h", "", ""),
        ] as [(String, String, String?, String, String, String)])
    func `stand as they are written`(
        text: String, scheme: String, account: String?, hosts: String, path: String, query: String
    ) throws {
        let parts = try #require(AddressParts(text))
        #expect(parts.scheme == scheme && parts.account.map(String.init) == account)
        #expect(parts.hosts == hosts && parts.path == path && parts.query == query)
    }

    @Test(arguments: ["", "host", "host:1", "a:/b", "a:b//c"])
    func `need a scheme`(text: String) { #expect(AddressParts(text) == nil) }

    @Test(
        arguments: [
            ("h", "h", nil), ("h:80", "h", "80"), ("h:", "h", ""), ("[::1]:80", "::1", "80"), ("[::1]", "::1", nil),
            ("::1", "::1", nil), ("", "", nil),
        ] as [(String, String, String?)])
    func `have a host and perhaps a port`(text: String, host: String, port: String?) throws {
        let place = try #require(AddressPlace(text[...]))
        #expect(place.host == host && place.port.map(String.init) == port)
    }

    @Test(arguments: ["[::1", "[::1]80", "["])
    func `end their brackets`(text: String) { #expect(AddressPlace(text[...]) == nil) }

    @Test(arguments: ["http://[::1]junk", "http://[::1]:99999", "http://[]", "http://a:b:c", "http://h:0", "1x://h"])
    func `are refused as an address when they make none`(text: String) { #expect(Names.host(text) == nil) }

    @Test(arguments: [
        ("http://[::1]:80/x", "::1"), ("HTTPS://API.Example.com", "api.example.com"), ("a+b-c.d://h", "h"),
    ])
    func `name a host`(text: String, host: String) { #expect(Names.host(text) == host) }

    @Test func `an account has a user and perhaps a password`() throws {
        let parts = try #require(AddressParts("x://me:a:b@h"))
        #expect(parts.user == "me" && parts.password == "a:b")
        #expect(AddressParts("x://me@h")?.password == nil)
    }

    /// Each piece is found wherever it stands, in either case, and nowhere else.
    @Test(arguments: [
        ("CHANGE-ME", true), ("xyour", true), ("yuor", false), ("", false), ("y", false), ("chan", false),
        ("…hereé", true),
    ])
    func `pieces of words are found all at once`(text: String, isThere: Bool) {
        #expect(Beginnings(["chang", "your", "here"]).stand(in: text) == isThere)
    }
}
