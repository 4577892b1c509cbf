import FoundationEssentials

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Why something could not be done with a file, in the words of the system: `No such file or directory`.
///
/// Foundation's own description of its errors says no more, where Swift's libraries are linked in, than that the operation could
/// not be completed.
package struct FileCause: CustomStringConvertible, Sendable {
    package let description: String

    package init(_ error: any Error) {
        guard let error = error as? CocoaError, let cause = error.underlying as? POSIXError else {
            description = "\(error)"
            return
        }
        description = String(cString: strerror(cause.code.rawValue))
    }
}
