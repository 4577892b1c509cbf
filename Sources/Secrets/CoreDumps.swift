#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// What the kernel writes of a process that crashes is the process's whole memory, secrets included.
package enum CoreDumps {
    /// Lets this process, and those that it starts, leave none. They may raise their limit again: what they hold is theirs.
    ///
    /// The limit is 1 byte rather than none: no core is so small, and where the kernel hands cores to a program instead
    /// of writing them, 1 is the only limit that it heeds (core(5), `do_coredump`).
    ///
    /// - Throws: the system's reason, if it refuses.
    package static func refuse() throws(CoreDumpsAllowed) {
        var limit = rlimit()
        #if canImport(Glibc)
            let resource = __rlimit_resource_t(RLIMIT_CORE.rawValue)
        #else
            let resource = RLIMIT_CORE
        #endif
        guard getrlimit(resource, &limit) == 0 else { throw CoreDumpsAllowed(reason: String(cString: strerror(errno))) }
        limit.rlim_cur = min(1, limit.rlim_max)
        guard setrlimit(resource, &limit) == 0 else { throw CoreDumpsAllowed(reason: String(cString: strerror(errno))) }
    }
}

package struct CoreDumpsAllowed: Error, CustomStringConvertible {
    package var reason: String

    package var description: String {
        "Core dumps, which would hold secrets, cannot be switched off: \(reason). Start tidegate under `ulimit -c 0`."
    }
}
