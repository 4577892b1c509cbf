import ControlPlane
import Testing

struct DoctorTests {
    @Test func `the libraries that are loaded when they are needed are looked at`() async {
        let checks = await Doctor(project: nil, environment: [:]).examine()
        for library in SharedLibrary.allCases {
            #expect(checks.contains { $0.name == library.file && $0.state == .present }, "\(checks)")
        }
    }
}
