import Crypto
import Synchronization

/// What the tokens say whose signatures were verified here: whoever asks again and again is not verified again and again.
/// A token's signature stays right; its times are compared, and its session looked at, with every request all the same.
/// Only digests of the tokens are kept.
final class KnownTokens: Sendable {
    /// Two generations of so many are kept: about 5 MB.
    static let generation = 5_000

    private struct State {
        var young: [SHA256.Digest: TokenClaims] = [:]
        var old: [SHA256.Digest: TokenClaims] = [:]
    }

    private let state = Mutex(State())

    /// The claims of a token that was added, unless very many others were used since.
    subscript(digest: SHA256.Digest) -> TokenClaims? {
        state.withLock { state in
            if let claims = state.young[digest] { return claims }
            guard let claims = state.old[digest] else { return nil }
            Self.add(digest, claims, to: &state)
            return claims
        }
    }

    func add(_ digest: SHA256.Digest, _ claims: TokenClaims) {
        state.withLock { Self.add(digest, claims, to: &$0) }
    }

    var count: Int { state.withLock { $0.young.count + $0.old.count } }

    private static func add(_ digest: SHA256.Digest, _ claims: TokenClaims, to state: inout State) {
        if state.young.count >= generation { (state.old, state.young) = (state.young, [:]) }
        state.young[digest] = claims
    }
}
