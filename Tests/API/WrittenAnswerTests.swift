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
        var json = JSONWriter()
        page.write(to: &json)
        #expect(try value(json.bytes) == value(Array(try Answer.encoded(page))))
    }
}
