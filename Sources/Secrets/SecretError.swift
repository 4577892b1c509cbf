/// Why a secret could not be had, kept or opened. No case carries a value.
package enum SecretError: Error, Sendable, Equatable {
    /// Neither the engine's environment nor the caller's has the variable.
    case notInEnvironment(secret: String, variable: String)
    case empty(secret: String, source: String)
    /// `said` is what the program wrote, of which nothing is left that could be a value.
    case commandFailed(secret: String, command: String, reason: String, said: [String] = [])
    /// What was found is no text, or has no such key.
    case unusable(secret: String, source: String, reason: String)
    case age(secret: String, file: String, reason: String)
    case vault(secret: String, path: String, reason: String)
    /// Nobody has set it yet.
    case notStored(secret: String, environment: String)
    /// Its source cannot be written from here.
    case notWritable(secret: String, source: String, instead: String)
    case timedOut(secret: String, source: String, after: Duration)
    case unreadable(path: String, reason: String)
    case unwritable(path: String, reason: String)
    /// The installation key is not 32 bytes in hex.
    case damagedKey(path: String)
    case sealMissing(bundle: String, path: String, secrets: [String] = [])
    /// The seal was made under another key, for another bundle, or was changed.
    case sealBroken(bundle: String, path: String)
}

extension SecretError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .notInEnvironment(let secret, let variable):
            "The secret \(secret) comes from the environment variable \(variable), which is not set: "
                + "set it where you run tidegate, and try again."
        case .empty(let secret, let source):
            "The secret \(secret) is empty: \(source) gave nothing. Mend the source, or name another one."
        case .commandFailed(let secret, let command, let reason, let said):
            "The secret \(secret) could not be had: \(command) \(reason)"
                + (said.isEmpty ? "." : ", and said: \(said.joined(separator: " / ")).")
                + " Run it by hand to see why."
        case .unusable(let secret, let source, let reason):
            "The secret \(secret) cannot be read from \(source): \(reason)."
        case .age(let secret, let file, let reason):
            "The secret \(secret) could not be had from \(file): \(reason)."
        case .vault(let secret, let path, let reason):
            "The secret \(secret) could not be had from Vault's \(path): \(reason)."
        case .notStored(let secret, let environment):
            "The secret \(secret) of \(environment) has no value yet: run tidegate secrets set \(environment) \(secret)."
        case .notWritable(let secret, let source, let instead):
            "The secret \(secret) comes from \(source), which tidegate does not write: \(instead)."
        case .timedOut(let secret, let source, let after):
            "The secret \(secret) could not be had: \(source) took longer than \(after). Look at what it waits for, "
                + "or give it more time with timeout:."
        case .unreadable, .unwritable, .damagedKey, .sealMissing, .sealBroken: files
        }
    }

    private var files: String {
        switch self {
        case .unreadable(let path, let reason):
            "\(path) cannot be read (\(reason)): check that it is there and that this user may read it."
        case .unwritable(let path, let reason):
            "\(path) cannot be written (\(reason)): check the space on the disk and the folder's permissions."
        case .damagedKey(let path):
            "\(path) does not hold an installation key (64 hex digits): restore it from a backup. "
                + "Without it, sealed secrets cannot be opened."
        case .sealMissing(let bundle, let path, let secrets):
            "The sealed secrets of bundle \(bundle) are gone (\(path)): it cannot be started or rolled back to"
                + (secrets.isEmpty ? "" : ", since it needs \(secrets.joined(separator: ", "))")
                + ". Roll out a release instead, which resolves them anew."
        case .sealBroken(let bundle, let path):
            "The sealed secrets of bundle \(bundle) do not open (\(path)): the file or the installation key was "
                + "changed. Restore both from the same backup, or roll out a release."
        default: ""
        }
    }

    /// The secret that it is about; nil for what concerns files as such.
    package var secret: String? {
        switch self {
        case .notInEnvironment(let secret, _), .empty(let secret, _), .commandFailed(let secret, _, _, _),
            .unusable(let secret, _, _), .age(let secret, _, _), .vault(let secret, _, _), .notStored(let secret, _),
            .notWritable(let secret, _, _), .timedOut(let secret, _, _):
            secret
        case .unreadable, .unwritable, .damagedKey, .sealMissing, .sealBroken: nil
        }
    }
}

/// Everything that kept an environment's secrets from being had: not only the first.
package struct SecretFailures: Error, Sendable, Equatable, CustomStringConvertible {
    package var failures: [SecretError]
    package init(_ failures: [SecretError]) { self.failures = failures }

    package var description: String { failures.map(\.description).joined(separator: "\n") }
}
