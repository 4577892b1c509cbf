import Definitions
import Operations
import Rollouts
import Secrets
import Synchronization
import TestSupport
import Testing

private let start = Timestamp(microseconds: 1_700_000_000_000_000)

/// Sources whose answers a test sets, and which count how often they were asked.
private final class Sources: Sendable {
    struct State {
        var now = start
        var values: [String: String] = [:]
        var stamps: [String: FileStamp] = [:]
        var asked: [String: Int] = [:]
    }

    let state = Mutex(State())

    struct Silent: Error, CustomStringConvertible { var description: String { "the vault is sealed" } }

    struct Clock: WallClock {
        let sources: Sources
        var now: Timestamp { sources.state.withLock { $0.now } }
    }

    func watch() -> SecretWatch {
        SecretWatch(
            means: .init(
                resolve: { secret, _, _ in
                    let value = self.state.withLock { state in
                        state.asked[secret.name, default: 0] += 1
                        return state.values[secret.name]
                    }
                    guard let value else { throw Silent() }
                    return Secret(value)
                }, variable: { name in name == "ENGINE" ? Secret("engine") : nil },
                stamp: { path in self.state.withLock { $0.stamps[path] } }, random: { 0.5 }),
            clock: Clock(sources: self))
    }

    func asked(_ name: String) -> Int { state.withLock { $0.asked[name] ?? 0 } }
    func advance(_ by: Duration) { state.withLock { $0.now = $0.now + by } }
}

private func secret(_ name: String, _ source: SecretDefinition.Source) -> Placed<SecretDefinition> {
    Placed(name: name, value: SecretDefinition(source: source), place: Place(file: "f", line: 1, column: 1))
}

extension SecretState {
    /// The state in a word, with its value where it has one.
    fileprivate var words: String {
        switch self {
        case .value(let secret): "value \(secret.reveal())"
        case .engine(let secret): "engine \(secret.reveal())"
        case .callersOnly(let variable): "callers \(variable)"
        case .unknown(let reason): "unknown \(reason)"
        case .asking: "asking"
        }
    }
}

@Suite(.timeLimit(.minutes(1))) struct `The watch over secrets` {
    private func look(
        _ watch: SecretWatch, _ secret: Placed<SecretDefinition>
    ) async -> String {
        await watch.look([secret], environment: "dev", pace: .seconds(300))[secret.name]?.words ?? "nothing"
    }

    @Test func `reads a file when it changes and not before`() async throws {
        let sources = Sources()
        let (watch, file) = (sources.watch(), secret("KEY", .file(path: "key")))
        #expect(await look(watch, file) == "unknown the vault is sealed")
        func stamp(_ seconds: Int) -> FileStamp {
            FileStamp(modified: start + .seconds(seconds), bytes: 3, inode: 1)
        }
        sources.state.withLock { state in
            state.values["KEY"] = "one"
            state.stamps["key"] = stamp(1)
        }
        #expect(await look(watch, file) == "value one")
        let asked = sources.asked("KEY")
        sources.state.withLock { $0.values["KEY"] = "two" }
        #expect(await look(watch, file) == "value one")
        #expect(sources.asked("KEY") == asked)
        sources.state.withLock { $0.stamps["key"] = stamp(2) }
        #expect(await look(watch, file) == "value two")
        #expect(await watch.changed(file.value) == start + .seconds(2))
        sources.state.withLock {
            $0.stamps["key"] = nil; $0.values["KEY"] = nil
        }
        #expect(await look(watch, file) == "unknown the vault is sealed")
    }

    @Test func `asks a command in the background, at its pace, and less often while it fails`() async throws {
        let sources = Sources()
        let (watch, command) = (sources.watch(), secret("KEY", .command(["pass"])))
        sources.state.withLock { $0.values["KEY"] = "one" }
        #expect(await look(watch, command) == "asking")
        #expect(await eventually { await look(watch, command) == "value one" })
        #expect(sources.asked("KEY") == 1)
        sources.advance(.seconds(299))
        _ = await look(watch, command)
        #expect(sources.asked("KEY") == 1)
        sources.state.withLock { $0.values["KEY"] = nil }
        sources.advance(.seconds(2))
        #expect(await eventually { await look(watch, command) == "unknown the vault is sealed" })
        #expect(sources.asked("KEY") == 2)
        sources.advance(.seconds(301))
        _ = await look(watch, command)
        #expect(sources.asked("KEY") == 2)
        sources.advance(.seconds(300))
        #expect(
            await eventually {
                _ = await look(watch, command)
                return sources.asked("KEY") == 3
            })
    }

    @Test func `a caller's value goes before the engine's own, and what neither has is not checked`() async {
        let watch = Sources().watch()
        let secrets = [secret("A", .environment(name: "ENGINE")), secret("B", .environment(name: "SHELL"))]
        let alone = await watch.look(secrets, environment: "dev", pace: .seconds(300))
        #expect(alone["A"]?.words == "engine engine" && alone["B"]?.words == "callers SHELL")
        let given = await watch.askAll(
            secrets, environment: "dev", pace: .seconds(300), given: ["SHELL": Secret("s"), "ENGINE": Secret("e")])
        #expect(given["A"]?.words == "value e" && given["B"]?.words == "value s")
    }

    @Test func `another source is another secret`() async {
        let sources = Sources()
        let watch = sources.watch()
        sources.state.withLock { $0.values["KEY"] = "one" }
        #expect(await look(watch, secret("KEY", .literal("one"))) == "value one")
        #expect(await look(watch, secret("KEY", .command(["pass"]))) == "asking")
    }

    @Test func `the pace has jitter, doubles with each failure, and never leaves its bounds`() {
        let five = Duration.seconds(300)
        #expect(SecretPace.delay(five, failures: 0, random: 0.5) == five)
        #expect(SecretPace.delay(five, failures: 1, random: 0.5) == .seconds(600))
        for failures in 0..<40 {
            for random in [-1.0, 0, 0.3, 1, 7] {
                let delay = SecretPace.delay(five, failures: failures, random: random)
                #expect(delay >= .seconds(240) && delay <= .seconds(4_320))
            }
        }
        #expect(SecretPace.delay(.seconds(7_200), failures: 3, random: 0.5) == .seconds(7_200))
    }
}
