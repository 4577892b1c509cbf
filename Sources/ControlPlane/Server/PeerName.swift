import NIOCore

#if canImport(Glibc)
    import Glibc
#endif

/// Who is at the other end of a unix socket, as the operating system says: `SO_PEERCRED`, see unix(7). The client cannot
/// choose it.
enum PeerName {
    /// `struct ucred`, which glibc declares only under `_GNU_SOURCE`.
    private struct Credentials: Sendable {
        var process: Int32
        var user: UInt32
        var group: UInt32
    }

    /// The login name, or nil where the channel is no unix socket.
    static func of(_ channel: any Channel) async throws -> String? {
        guard let provider = channel as? any SocketOptionProvider,
            case .unixDomainSocket? = channel.localAddress
        else { return nil }
        let credentials: Credentials = try await provider.unsafeGetSocketOption(
            level: .socket, name: .init(rawValue: SO_PEERCRED)
        ).get()
        return LoginName.of(credentials.user)
    }
}
