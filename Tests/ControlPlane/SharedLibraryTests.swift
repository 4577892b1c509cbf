import CLibraries
import ControlPlane
import Testing

struct SharedLibraryTests {
    @Test func `what the engine may need is loaded before it begins`() throws { try SharedLibrary.load() }

    @Test func `the doctor looks at each`() async {
        let checks = await Doctor(project: nil, environment: [:]).examine()
        for library in SharedLibrary.all {
            #expect(checks.contains { $0.name == library.file && $0.state == .present }, "\(checks)")
        }
    }

    @Test func `one that is missing is named with its package`() throws {
        let missing = SharedLibrary(file: "libnone.so.0", package: "libnone0", purpose: "does nothing")
        let refusal = try #require(throws: Refusal.self) { try SharedLibrary.load([.curl, missing]) }
        #expect(refusal.exit == .checkFailed)
        #expect(refusal.message.hasPrefix("libnone.so.0, which does nothing, cannot be loaded (libnone.so.0: "))
        #expect(refusal.message.hasSuffix("Install it: apt-get install libnone0"))
    }

    @Test func `a call of what is missing ends the process as the linker would`() async {
        await #expect(processExitsWith: .exitCode(127)) { _ = tide_library_function("libnone.so.0", "nothing") }
        await #expect(processExitsWith: .exitCode(127)) { _ = tide_library_function("libc.so.6", "no_such_function") }
    }
}
