import Documents
import HTTPTypes
import Hummingbird
import Synchronization

/// The faults that a drill asks for, on `/api/v2`. From outside they are faults like any other.
final class DrillMiddleware: RouterMiddleware {
    typealias Context = APIContext
    private let drill: APIDrill
    private let count = Atomic<Int>(0)

    init(drill: APIDrill) { self.drill = drill }

    func handle(
        _ request: Request, context: APIContext, next: (Request, APIContext) async throws -> Response
    ) async throws -> Response {
        guard drill != .none, request.uri.path.hasPrefix("/api/v2/") else { return try await next(request, context) }
        let number = count.add(1, ordering: .relaxed).newValue
        if drill.latency > .zero { try await Task.sleep(for: drill.latency) }
        guard !Self.fails(number, drill) else { throw APIError.internalFailure }
        return try await next(request, context)
    }

    /// Whether the request of that number, from 1, is one that fails. The same numbers fail in every run.
    static func fails(_ number: Int, _ drill: APIDrill) -> Bool {
        guard number > drill.errorAfter else { return false }
        var mixed = UInt64(number) &* 0x9e37_79b9_7f4a_7c15
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return Double((mixed ^ (mixed >> 31)) >> 11) / 9_007_199_254_740_992 < drill.errorRate
    }
}
