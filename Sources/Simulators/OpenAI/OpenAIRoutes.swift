import Foundation
import HTTPTypes
import Hummingbird

/// OpenAI's embeddings and models.
struct OpenAIRoutes: Sendable {
    static let models = ["text-embedding-3-small", "text-embedding-3-large"]
    static let maximumInputs = 2048
    let board: FaultBoard

    struct Question: Decodable {
        enum Input: Decodable {
            case one(String)
            case many([String])

            init(from decoder: any Decoder) throws {
                let value = try decoder.singleValueContainer()
                do { self = .one(try value.decode(String.self)) } catch DecodingError.typeMismatch {
                    self = .many(try value.decode([String].self))
                }
            }

            var texts: [String] {
                switch self {
                case .one(let text): [text]
                case .many(let texts): texts
                }
            }
        }
        var model: String
        var input: Input
        var dimensions: Int?
        var encoding_format: String?
    }

    func add(to group: RouterGroup<BasicRequestContext>) {
        group.get("/models") { _, _ in
            let list = Self.models.map { #"{"id":"\#($0)","object":"model","owned_by":"simulator"}"# }
            return JSONAnswer.make(#"{"object":"list","data":[\#(list.joined(separator: ","))]}"#)
        }
        group.post("/embeddings") { request, _ in
            let body = Data(buffer: try await request.body.collect(upTo: 32 << 20))
            let question: Question
            do {
                question = try JSONDecoder().decode(Question.self, from: body)
            } catch { return JSONAnswer.error(.badRequest, "The request is not what /v1/embeddings takes.") }
            return answer(question)
        }
    }

    private func answer(_ question: Question) -> Response {
        let texts = question.input.texts
        guard Self.models.contains(question.model) else {
            return JSONAnswer.error(.notFound, "The model does not exist.")
        }
        guard !texts.isEmpty, texts.count <= Self.maximumInputs, !texts.contains("") else {
            return JSONAnswer.error(.badRequest, "input must be 1 to \(Self.maximumInputs) texts, none of them empty.")
        }
        let dimensions = min(max(question.dimensions ?? HashedEmbedding.dimensions, 1), HashedEmbedding.dimensions)
        let fault = board.faults(of: .openai).vectors
        let answered = fault == .wrongCount ? Array(texts.dropLast()) : texts
        let items = answered.enumerated().map { index, text in
            let vector = Self.spoiled(HashedEmbedding.vector(text, dimensions: dimensions), by: fault)
            return
                #"{"object":"embedding","index":\#(index),"embedding":\#(encoded(vector, question.encoding_format))}"#
        }
        let tokens = texts.reduce(0) { $0 + HashedEmbedding.tokens($1) }
        var response = JSONAnswer.make(
            """
            {"object":"list","data":[\(items.joined(separator: ","))],"model":"\(question.model)",\
            "usage":{"prompt_tokens":\(tokens),"total_tokens":\(tokens)}}
            """)
        if let name = HTTPField.Name("x-request-id") {
            response.headers[name] = "req_\(UUID().uuidString.lowercased())"
        }
        return response
    }

    private static func spoiled(_ vector: [Float], by fault: Faults.VectorFault?) -> [Float] {
        switch fault {
        case nil, .wrongCount: vector
        case .wrongDimension: Array(vector.dropLast())
        case .zero: vector.map { _ in 0 }
        }
    }

    private func encoded(_ vector: [Float], _ format: String?) -> String {
        guard format == "base64" else { return "[\(vector.map { "\($0)" }.joined(separator: ","))]" }
        let bytes = vector.flatMap { value in withUnsafeBytes(of: value.bitPattern.littleEndian) { Array($0) } }
        return "\"\(Data(bytes).base64EncodedString())\""
    }
}
