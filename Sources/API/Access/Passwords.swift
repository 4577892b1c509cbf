import Contract
import CryptoExtras
import Documents
import FoundationEssentials
import HTTPTypes
import NIOPosix
import Synchronization

/// Password hashes: scrypt (RFC 7914) with N = 2¹⁴, r = 8, p = 1, and 16 bytes of salt, as
/// `scrypt$N$r$p$salt$hash` in hex.
package enum Passwords {
    private static let rounds = 1 << 14
    private static let blockSize = 8
    private static let parallelism = 1

    package static func hash(_ password: String, salt: [UInt8]) throws -> String {
        let key = try derive(password, salt: salt, rounds: rounds, blockSize: blockSize, parallelism: parallelism)
        return ["scrypt", "\(rounds)", "\(blockSize)", "\(parallelism)", Hexadecimal.text(salt), key]
            .joined(separator: "$")
    }

    /// Whether the password is the one that `stored` was made of. A hash that is not understood matches nothing.
    package static func matches(_ password: String, stored: String) throws -> Bool {
        let parts = stored.split(separator: "$").map(String.init)
        guard parts.count == 6, parts[0] == "scrypt", let rounds = Int(parts[1]), let blockSize = Int(parts[2]),
            let parallelism = Int(parts[3]), let salt = Hexadecimal.bytes(parts[4])
        else { return false }
        let key = try derive(password, salt: salt, rounds: rounds, blockSize: blockSize, parallelism: parallelism)
        return isEqual(Array(key.utf8), Array(parts[5].utf8))
    }

    private static func derive(
        _ password: String, salt: [UInt8], rounds: Int, blockSize: Int, parallelism: Int
    ) throws -> String {
        let key = try KDF.Scrypt.deriveKey(
            from: Array(password.utf8), salt: salt, outputByteCount: 32, rounds: rounds, blockSize: blockSize,
            parallelism: parallelism)
        return key.withUnsafeBytes { Hexadecimal.text($0) }
    }

    /// Takes the same time wherever they differ.
    private static func isEqual(_ a: [UInt8], _ b: [UInt8]) -> Bool {
        a.count == b.count && zip(a, b).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
    }
}

/// Hashing takes tens of milliseconds and 16 MiB: on threads of its own, two at a time, it holds up nobody else. Those who
/// would wait for more than a second or two are refused at once, so that a flood of them ends by itself.
final class PasswordThreads: Sendable {
    private let pool = NIOThreadPool(numberOfThreads: 2)
    private let most: Int
    private let count = Mutex(0)

    private init(most: Int) { self.most = most }

    /// Runs `body`, then ends the threads.
    /// - Parameter most: how many may be in work or waiting.
    static func with(most: Int, _ body: (PasswordThreads) async throws -> Void) async throws {
        let threads = PasswordThreads(most: most)
        threads.pool.start()
        let outcome: Result<Void, any Error>
        do {
            outcome = .success(try await body(threads))
        } catch { outcome = .failure(error) }
        try await threads.pool.shutdownGracefully()
        try outcome.get()
    }

    /// - Throws: `APIError` with 429 when too many wait, and what `body` throws. Not with 503: whoever sends many would make
    ///   failures of this release with it, and have it taken back.
    func run<T: Sendable>(_ body: @Sendable @escaping () throws -> T) async throws -> T {
        let isFull = count.withLock { count in
            if count < most { count += 1 } else { return true }
            return false
        }
        guard !isFull else {
            throw APIError(
                .tooManyRequests, "busy", "Too many log in or register at this moment; try again in a moment.",
                retryAfterSeconds: 2)
        }
        defer { count.withLock { $0 -= 1 } }
        return try await pool.runIfActive(body)
    }
}
