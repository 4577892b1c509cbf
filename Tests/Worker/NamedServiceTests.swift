import ServiceLifecycle
import Testing
import Worker

private struct Holder: Service {
    let variables = ["KEY": "canary-4711"]
    func run() async throws {}
}

@Suite struct `A service in logs` {
    @Test func `is its name, and nothing of what it holds`() {
        let service = NamedService(Holder())
        var dumped = ""
        dump([service], to: &dumped)
        for text in ["\(service)", "\([service])", String(reflecting: service), dumped] {
            #expect(!text.contains("canary-4711"))
        }
        #expect("\(service)" == "Holder")
    }
}
