import Rollouts
import Testing

@testable import Operations

private let start = Timestamp(microseconds: 1_700_000_000_000_000)
private let day = Duration.seconds(86_400)

@Suite(.timeLimit(.minutes(1))) struct `A certificate's alerts` {
    private func facts(_ days: [Double], problem: String? = nil) -> AlertFacts {
        let served = days.enumerated().map { index, days in
            RouterCertificate(
                source: "/etc/\(index).pem", names: ["\(index).example"], serial: "0a", notAfter: start + day * days,
                problem: index == 0 ? problem : nil)
        }
        return AlertFacts(
            environment: "dev", certificates: .init(served: served, warn: day * 30, critical: day * 7))
    }

    private func firing(_ days: Double...) -> [String] {
        firingAlerts(facts(days), at: start).filter { $0.heldBack == nil }.map { "\($0.name) \($0.severity)" }
    }

    @Test func `come 30 days ahead, are critical 7 days ahead, and stay after the end`() {
        #expect(firing(31).isEmpty)
        #expect(firing(30) == ["CertificateExpiring warning"])
        #expect(firing(7.1) == ["CertificateExpiring warning"])
        #expect(firing(7) == ["CertificateExpiring critical"])
        #expect(firing(-2) == ["CertificateExpiring critical"])
    }

    @Test func `say the names, the days, the day and the file of the first that ends`() {
        let summaries = [[40, 20.5, 25], [-1.5], [1.2], [0.5]].map { days in
            firingAlerts(facts(days), at: start).last?.summary ?? ""
        }
        #expect(
            summaries[0]
                == "The router's certificate for 1.example ends in 20 days (2023-12-05, /etc/1.pem), and 1 more end soon."
        )
        #expect(summaries[1] == "The router's certificate for 0.example ended (2023-11-13, /etc/0.pem).")
        #expect(summaries[2].contains("ends in 1 day (") && summaries[3].contains("ends within a day ("))
    }

    @Test func `say that a new one is not taken, and why`() {
        let alerts = firingAlerts(facts([90], problem: "it has no key"), at: start)
        #expect(alerts.map(\.name) == ["CertificateInvalid"] && alerts.map(\.severity) == ["critical"])
        #expect(
            alerts.map(\.summary) == [
                "The router does not take the certificate in /etc/0.pem, and goes on with the one before: it has no key."
            ])
    }

    @Test func `are told once as a warning and once when they become critical, and end by facts only`() {
        var bench = AlertBench()
        var told: [String] = []
        for (hour, facts) in [
            facts([29]), facts([28]), facts([6]), facts([5]), AlertFacts(environment: "dev"), facts([4]), facts([90]),
            facts([90]),
        ].enumerated() {
            for notification in bench.step(facts, at: start + .seconds(3600 * hour)) {
                told.append(
                    "\(hour) \(notification.alerts.map(\.severity).joined(separator: "+")) \(notification.reason)")
            }
        }
        #expect(told == ["0 warning first", "2 critical newAlerts", "6 warning+critical allResolved"])
    }
}
