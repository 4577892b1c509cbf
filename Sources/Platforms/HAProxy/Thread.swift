import Glibc

/// A detached thread for a blocking loop, which must not sit in Swift's pool of threads.
enum Thread {
    private final class Body {
        let run: @Sendable () -> Void
        init(_ run: @Sendable @escaping () -> Void) { self.run = run }
    }

    static func detach(_ run: @Sendable @escaping () -> Void) {
        var thread = pthread_t()
        let body = Unmanaged.passRetained(Body(run))
        let code = pthread_create(
            &thread, nil,
            { raw in
                guard let raw else { return nil }
                Unmanaged<Body>.fromOpaque(raw).takeRetainedValue().run()
                return nil
            }, body.toOpaque())
        if code == 0 {
            pthread_detach(thread)
        } else {
            body.release()
        }
    }
}
