/// What HAProxy counted for one server, from `show stat` (management guide, section 9.1).
package struct ServerStatistics: Sendable, Equatable {
    package var name: String
    /// Final answers by the server, of any status but 1xx.
    package var answers: Int64 = 0
    package var answers5xx: Int64 = 0
    /// Connections that failed for good, answers that broke, further attempts, and requests handed to another server.
    package var failures: Int64 = 0
    /// Requests under way or waiting for this server.
    package var inFlight = 0
    package var weight = 0
    package var status = ""

    package init(name: String) { self.name = name }

    /// A server's failed attempts count as its requests and its errors, even when another one answered in the end.
    package var requests: Int64 { answers + failures }
    package var errors: Int64 { answers5xx + failures }

    /// Reads the CSV of `show stat`: servers by backend. Columns are found by their names.
    package static func parse(_ text: String) -> [String: [ServerStatistics]] {
        let lines = text.split(separator: "\n")
        guard let head = lines.first(where: { $0.hasPrefix("# pxname") }) else { return [:] }
        let names = head.dropFirst(2).split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        let columns = Dictionary(zip(names, names.indices), uniquingKeysWith: { first, _ in first })
        var found: [String: [ServerStatistics]] = [:]
        for line in lines where !line.hasPrefix("#") {
            let cells = line.split(separator: ",", omittingEmptySubsequences: false)
            guard cells.count > 2, cells[1] != "FRONTEND", cells[1] != "BACKEND" else { continue }
            found[String(cells[0]), default: []].append(ServerStatistics(cells, columns))
        }
        return found
    }

    private init(_ cells: [Substring], _ columns: [String: Int]) {
        func cell(_ name: String) -> Substring { columns[name].flatMap { $0 < cells.count ? cells[$0] : nil } ?? "" }
        func number(_ name: String) -> Int64 { Int64(cell(name)) ?? 0 }
        name = String(cell("svname"))
        answers = ["hrsp_2xx", "hrsp_3xx", "hrsp_4xx", "hrsp_5xx", "hrsp_other"].reduce(0) { $0 + number($1) }
        answers5xx = number("hrsp_5xx")
        failures = ["econ", "eresp", "wretr", "wredis"].reduce(0) { $0 + number($1) }
        inFlight = Int(number("scur") + number("qcur"))
        weight = Int(number("weight"))
        status = String(cell("status"))
    }

    package static func + (a: ServerStatistics, b: ServerStatistics) -> ServerStatistics {
        var sum = a
        sum.answers += b.answers
        sum.answers5xx += b.answers5xx
        sum.failures += b.failures
        return sum
    }

    /// What was counted since `earlier`.
    package func since(_ earlier: ServerStatistics) -> ServerStatistics {
        var rest = self
        rest.answers -= earlier.answers
        rest.answers5xx -= earlier.answers5xx
        rest.failures -= earlier.failures
        return rest
    }
}
