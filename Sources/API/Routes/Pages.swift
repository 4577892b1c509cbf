import HTTPTypes
import Hummingbird

/// Which part of a list somebody asks for.
struct PageRequest: Sendable {
    static let limits = 1...100
    static let usualLimit = 50
    static let parameters: [Endpoint.Parameter] = [
        .init(name: "limit", place: .query, rule: .integer("How many; what is out of 1…100 is clamped")),
        .init(name: "offset", place: .query, rule: .integer("How many to skip")),
    ]

    let limit: Int
    let offset: Int

    /// - Throws: 422 when a parameter is no number.
    init(_ request: Request) throws(APIError) {
        let query = request.uri.queryParameters
        let asked = try Self.number(query["limit"], "limit") ?? Self.usualLimit
        limit = min(max(asked, Self.limits.lowerBound), Self.limits.upperBound)
        offset = max(try Self.number(query["offset"], "offset") ?? 0, 0)
    }

    private static func number(_ text: Substring?, _ field: String) throws(APIError) -> Int? {
        guard let text else { return nil }
        guard let number = Int(text) else { throw .invalid(field, "must be a whole number") }
        return number
    }
}

/// Which part of a list an answer is.
struct Pagination: Described {
    var limit: Int
    var offset: Int
    var total: Int
    var hasMore: Bool
    static let example = Pagination(limit: 50, offset: 0, total: 1, hasMore: false)
}

extension Pagination {
    /// - Parameter count: how many are in this part.
    init(_ page: PageRequest, count: Int, total: Int) {
        self.init(limit: page.limit, offset: page.offset, total: total, hasMore: count < total - page.offset)
    }
}
