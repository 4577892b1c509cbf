import Foundation
import TestSupport

/// The ledger beside pgbench, which changes the same rows in as many commits and decides nothing, on the same server.
struct LedgerBenchmark {
    private struct NoFigure: Error, CustomStringConvertible { let description: String }

    /// The folder of `pair.sql`.
    let scripts: String
    let seconds: Double

    func measure() async throws {
        let postgres = try await PostgresServer.own(isDurable: true)
        let times = LedgerTimes(seconds: seconds)
        print("| 64 callers | Pairs a second | Hold: p50 | p99 |\n|---|---|---|---|")
        for (number, way) in LedgerTimes.Way.allCases.enumerated() {
            row("PostgreSQL", try await times.measure(way, address: try await postgres.create("ledger_\(number)")))
        }
        let peer = try await pgbench(postgres, times)
        print("| PostgreSQL, pgbench: the same rows, two commits a pair | \(peer.rounded(0)) | | |")
        let folder = try TemporaryFolder()
        for (number, way) in LedgerTimes.Way.allCases.enumerated() {
            row("SQLite", try await times.measure(way, address: "sqlite:\(folder.file("\(number).sqlite"))"))
        }
        for (name, address) in [
            ("PostgreSQL", try await postgres.create("race")), ("SQLite", "sqlite:\(folder.file("race.sqlite"))"),
        ] {
            let (granted, limit) = try await times.race(address: address)
            print(
                "\n\(name): 64 callers at a limit of \(limit / 1_000_000_000) USD were granted \(granted) nano-dollars:"
            )
            print("overspend \(max(0, granted - limit)).")
        }
        print("\n| Report over \(2 * ReportTimes.calls) entries, PostgreSQL | Time |\n|---|---|")
        for (report, time) in try await ReportTimes().measure(address: try await postgres.create("reports")) {
            print("| \(report) | \(time.rounded(1)) ms |")
        }
    }

    private func row(_ database: String, _ figure: LedgerTimes.Figure) {
        print(
            "| \(database), \(figure.way) | \(figure.pairs.rounded(0)) | \(figure.median.rounded(1)) ms "
                + "| \(figure.p99.rounded(1)) ms |")
    }

    /// In the tables, with the counters and accounts, that a run of the ledger has left.
    private func pgbench(_ postgres: PostgresServer, _ times: LedgerTimes) async throws -> Double {
        let address = try await postgres.create("pgbench")
        _ = try await LedgerTimes(seconds: 0.1).measure(.desk, address: address)
        let command = try RunningCommand(
            "/usr/bin/pgbench",
            [
                "-n", "-M", "prepared", "-c", "\(LedgerTimes.callers)", "-j", "2", "-T", "\(Int(seconds))", "-f",
                "\(scripts)/pair.sql", address,
            ], directory: "/tmp")
        let result = try await command.result()
        let line = result.output.split(separator: "\n").first { $0.hasPrefix("tps = ") }
        guard result.exit == 0, let word = line?.dropFirst(6).split(separator: " ").first, let pairs = Double(word)
        else {
            throw NoFigure(description: "pgbench ended with \(result.exit): \(result.output)\(result.errors)")
        }
        return pairs
    }
}
