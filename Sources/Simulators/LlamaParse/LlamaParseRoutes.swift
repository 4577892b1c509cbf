import Foundation
import HTTPTypes
import Hummingbird

/// LlamaParse's upload, job and result, as its clients use them.
struct LlamaParseRoutes: Sendable {
    static let maximumUpload = 100 << 20
    let jobs: ParseJobs

    func add(to group: RouterGroup<BasicRequestContext>) {
        group.get("/v1/projects") { _, _ in JSONAnswer.make("[]") }
        group.post("/parsing/upload") { request, _ in try await upload(request) }
        group.get("/parsing/job/{id}") { _, context in
            let id = try context.parameters.require("id")
            guard let status = try jobs.status(id) else { return Self.unknown }
            return JSONAnswer.make(#"{"id":"\#(id)","status":"\#(status)"}"#)
        }
        group.get("/parsing/job/{id}/result/markdown") { _, context in
            try result(try context.parameters.require("id"))
        }
    }

    private static let unknown = JSONAnswer.make(#"{"detail":"Job not found"}"#, status: .notFound)

    private func upload(_ request: Request) async throws -> Response {
        let body = try await request.body.collect(upTo: Self.maximumUpload)
        guard let type = request.headers[.contentType],
            let file = MultipartForm.part("file", of: body.readableBytesView, type: type)
        else {
            return JSONAnswer.make(#"{"detail":"The form has no part named file."}"#, status: .unprocessableContent)
        }
        let target: ParseWebhooks.Target?
        do {
            target = try MultipartForm.part("webhook_configurations", of: body.readableBytesView, type: type)
                .flatMap { try JSONDecoder().decode([ParseWebhooks.Target].self, from: Data($0)).first }
        } catch {
            return JSONAnswer.make(
                #"{"detail":"webhook_configurations is no list of them."}"#, status: .unprocessableContent)
        }
        let id = UUID().uuidString.lowercased()
        let most = MultipartForm.part("max_pages", of: body.readableBytesView, type: type)
            .flatMap { Int(String(decoding: $0, as: UTF8.self)) }
        try jobs.start(id, pdf: Data(file), .init(webhook: target, mostPages: most))
        return JSONAnswer.make(#"{"id":"\#(id)","status":"PENDING"}"#)
    }

    private func result(_ id: String) throws -> Response {
        struct Answer: Encodable {
            struct Metadata: Encodable { var job_pages: Int }
            var markdown: String
            var job_metadata: Metadata
        }
        guard let result = try jobs.result(id) else { return Self.unknown }
        let answer = Answer(markdown: result.markdown, job_metadata: .init(job_pages: result.pages))
        return JSONAnswer.make(String(decoding: try JSONEncoder().encode(answer), as: UTF8.self))
    }
}

/// Finds a part in a `multipart/form-data` body.
enum MultipartForm {
    /// The content of the first part of that name; nil when the form is not one, or has none.
    static func part<Bytes: RandomAccessCollection<UInt8>>(
        _ name: String, of body: Bytes, type: String
    ) -> Bytes.SubSequence?
    where Bytes.Index == Int {
        guard let mark = type.range(of: "boundary="), type.hasPrefix("multipart/form-data") else { return nil }
        let boundary = type[mark.upperBound...].prefix { $0 != ";" }.filter { $0 != "\"" }
        let delimiter = Array("--\(boundary)".utf8)
        var start = find(delimiter, in: body, from: body.startIndex)
        while let begin = start {
            let head = begin + delimiter.count
            guard let end = find([13, 10, 13, 10], in: body, from: head),
                let next = find([13, 10] + delimiter, in: body, from: end + 4)
            else { return nil }
            if String(decoding: body[head..<end], as: UTF8.self).contains("name=\"\(name)\"") {
                return body[(end + 4)..<next]
            }
            start = next + 2
        }
        return nil
    }

    private static func find<Bytes: RandomAccessCollection<UInt8>>(
        _ pattern: [UInt8], in bytes: Bytes, from start: Int
    ) -> Int? where Bytes.Index == Int {
        guard start <= bytes.endIndex - pattern.count else { return nil }
        var index = start
        while let hit = bytes[index..<bytes.endIndex].firstIndex(of: pattern[0]), hit <= bytes.endIndex - pattern.count
        {
            if bytes[hit..<(hit + pattern.count)].elementsEqual(pattern) { return hit }
            index = hit + 1
        }
        return nil
    }
}
