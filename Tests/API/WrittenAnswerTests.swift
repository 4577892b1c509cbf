import Contract
import Foundation
import Testing

@testable import API

@Suite struct `Answers that write themselves` {
    private func value(_ bytes: [UInt8]) throws -> NSDictionary {
        try #require(try JSONSerialization.jsonObject(with: Data(bytes)) as? NSDictionary)
    }

    @Test(arguments: [0, 1, 3]) func `say the same as when they are encoded`(count: Int) throws {
        let names = ["policy.pdf", "\"quoted\" \\ \u{1} \u{7f} \n\r\t", "Grüße 🌊 \u{2028} /", ""]
        let jobs = (0..<count).map { number in
            var job = JobSummary.example
            (job.filename, job.retryCount, job.bytesLen) = (names[number + 1], -number, .max - number)
            return job
        }
        let page = JobPage(jobs: jobs, pagination: Pagination(limit: 3, offset: 0, total: count, hasMore: count > 1))
        try expectSame(page)
    }

    @Test(arguments: [nil, "digest"]) func `of health say the same as when they are encoded`(digest: String?) throws {
        var look = HealthCheck.ok
        look.milliseconds = 0.25
        let checks = ["database": look, "storage": .failed("it's \"full\""), "tokens": .ok]
        try expectSame(
            Health(status: "unready", release: "v1", configDigest: digest, serviceMode: "real", checks: checks))
        try expectSame(look)
    }

    private func expectSame(_ answer: some WrittenAnswer) throws {
        var json = JSONWriter()
        answer.write(to: &json)
        #expect(try value(json.bytes) == value(Array(try Answer.encoded(answer))))
    }
}
