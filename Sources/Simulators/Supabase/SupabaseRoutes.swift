import Foundation
import HTTPTypes
import Hummingbird

/// Supabase Storage's objects: upload, download, delete, in buckets that are there when they are asked for.
struct SupabaseRoutes: Sendable {
    static let largest = 100 << 20
    let folder: String

    func add(to group: RouterGroup<BasicRequestContext>) {
        group.post("/object/**") { request, context in try await store(request, context) }
        group.get("/object/**") { _, context in
            guard let file = file(context), let bytes = FileManager.default.contents(atPath: file) else {
                return Self.notFound
            }
            return Response(
                status: .ok, headers: [.contentType: "application/pdf"],
                body: .init(byteBuffer: ByteBuffer(bytes: bytes)))
        }
        group.delete("/object/**") { _, context in
            guard let file = file(context), FileManager.default.fileExists(atPath: file) else { return Self.notFound }
            try FileManager.default.removeItem(atPath: file)
            return JSONAnswer.make(#"{"message":"Successfully deleted"}"#)
        }
    }

    /// As the real one says it.
    private static var notFound: Response {
        JSONAnswer.make(
            #"{"statusCode":"404","error":"not_found","message":"Object not found"}"#, status: .badRequest)
    }

    private func store(_ request: Request, _ context: BasicRequestContext) async throws -> Response {
        let body = try await request.body.collect(upTo: Self.largest)
        guard let file = file(context) else {
            return JSONAnswer.make(
                #"{"statusCode":"400","error":"InvalidKey","message":"Invalid key"}"#, status: .badRequest)
        }
        guard request.headers[Self.upsert] == "true" || !FileManager.default.fileExists(atPath: file) else {
            return JSONAnswer.make(
                #"{"statusCode":"409","error":"Duplicate","message":"The resource already exists"}"#,
                status: .badRequest)
        }
        let url = URL(fileURLWithPath: file)
        try FileManager.default.createDirectory(
            at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(buffer: body).write(to: url, options: .atomic)
        return JSONAnswer.make(#"{"Key":"\#(context.parameters.getCatchAll().joined(separator: "/"))"}"#)
    }

    private static let upsert = HTTPField.Name("x-upsert") ?? .ifMatch

    /// Bucket and path; nil when they lead out of the folder.
    private func file(_ context: BasicRequestContext) -> String? {
        let parts = context.parameters.getCatchAll().map(String.init)
        guard parts.count > 1, parts.allSatisfy({ !$0.isEmpty && !$0.hasPrefix(".") }) else { return nil }
        return "\(folder)/\(parts.joined(separator: "/"))"
    }
}
