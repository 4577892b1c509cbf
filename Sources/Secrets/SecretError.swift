/// Why a secret could not be had, kept or opened. No case carries a value.
package enum SecretError: Error, Sendable, Equatable {
    /// Neither the engine's environment nor the caller's has the variable.
    case notInEnvironment(secret: String, variable: String)
    case empty(secret: String, source: String)
    case commandFailed(secret: String, command: String, reason: String)
    case unreadable(path: String, reason: String)
    case unwritable(path: String, reason: String)
    /// The installation key is not 32 bytes in hex.
    case damagedKey(path: String)
    case sealMissing(bundle: String, path: String)
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
        case .commandFailed(let secret, let command, let reason):
            "The secret \(secret) could not be had: \(command) \(reason). Run it by hand to see why."
        case .unreadable(let path, let reason):
            "\(path) cannot be read (\(reason)): check that it is there and that this user may read it."
        case .unwritable(let path, let reason):
            "\(path) cannot be written (\(reason)): check the space on the disk and the folder's permissions."
        case .damagedKey(let path):
            "\(path) does not hold an installation key (64 hex digits): restore it from a backup. "
                + "Without it, sealed secrets cannot be opened."
        case .sealMissing(let bundle, let path):
            "The sealed secrets of bundle \(bundle) are gone (\(path)): it cannot be started or rolled back to. "
                + "Roll out a release instead, which resolves them anew."
        case .sealBroken(let bundle, let path):
            "The sealed secrets of bundle \(bundle) do not open (\(path)): the file or the installation key was "
                + "changed. Restore both from the same backup, or roll out a release."
        }
    }
}
