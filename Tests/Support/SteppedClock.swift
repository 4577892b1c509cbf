import Foundation

/// The time of day of processes that are started with `environment`: the real one, until it is stepped. Waiting is not
/// affected, as when an administrator sets the clock: only CLOCK_REALTIME goes another way.
package struct SteppedClock {
    package struct NotCompiled: Error { package let output: String }

    private let folder: TemporaryFolder

    package init() async throws {
        folder = try TemporaryFolder()
        try Self.source.write(toFile: folder.file("clock.c"), atomically: true, encoding: .utf8)
        let compiler = try RunningCommand(
            "/usr/bin/env",
            ["clang", "-shared", "-fPIC", "-O1", "-o", folder.file("clock.so"), folder.file("clock.c"), "-ldl"],
            directory: folder.path)
        let made = try await compiler.result()
        guard made.exit == 0 else { throw NotCompiled(output: made.errors) }
        try step(by: .zero)
    }

    package var environment: [String: String] {
        ["LD_PRELOAD": folder.file("clock.so"), "STEPPED_CLOCK": folder.file("step")]
    }

    /// - Parameter duration: from the real time, not from the step before.
    package func step(by duration: Duration) throws {
        let bytes = withUnsafeBytes(of: duration.components.seconds) { Data($0) }
        let path = folder.file("step")
        guard let file = FileHandle(forWritingAtPath: path) else {
            return try bytes.write(to: URL(fileURLWithPath: path))
        }
        try file.write(contentsOf: bytes)
        try file.close()
    }

    /// Seconds to add, as one number in a file that every process maps.
    private static let source = #"""
        #define _GNU_SOURCE
        #include <dlfcn.h>
        #include <fcntl.h>
        #include <stdint.h>
        #include <stdlib.h>
        #include <sys/mman.h>
        #include <sys/time.h>
        #include <time.h>
        #include <unistd.h>

        static const volatile int64_t *step;
        static int (*real)(clockid_t, struct timespec *);

        __attribute__((constructor)) static void begin(void) {
            real = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
            const char *path = getenv("STEPPED_CLOCK");
            int file = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
            if (file < 0) return;
            void *map = mmap(0, sizeof *step, PROT_READ, MAP_SHARED, file, 0);
            if (map != MAP_FAILED) step = map;
            close(file);
        }
        int clock_gettime(clockid_t clock, struct timespec *now) {
            if (!real) begin();
            int result = real(clock, now);
            if (result == 0 && clock == CLOCK_REALTIME && step) now->tv_sec += *step;
            return result;
        }
        int gettimeofday(struct timeval *now, void *zone) {
            struct timespec at;
            if (clock_gettime(CLOCK_REALTIME, &at)) return -1;
            now->tv_sec = at.tv_sec;
            now->tv_usec = at.tv_nsec / 1000;
            return 0;
        }
        time_t time(time_t *now) {
            struct timespec at;
            clock_gettime(CLOCK_REALTIME, &at);
            if (now) *now = at.tv_sec;
            return at.tv_sec;
        }
        """#
}
