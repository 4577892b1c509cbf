/// The plots of README.md, drawn from the figures.
struct RollbackPlots {
    let figures: RollbackFigures
    private let policies = PolicyName.allCases.filter { $0 != .circuitBreaker }

    /// File names and their contents.
    var files: [(name: String, text: String)] {
        [
            ("failed-requests.svg", failedRequests), ("time-to-decide.svg", timeToDecide),
            ("false-rollbacks.svg", falseRollbacks),
        ]
    }

    private struct Series {
        var at: Double
        var middle: Int?
        var high: Int?
    }

    private var failedRequests: String {
        var svg = SVG(
            width: 1_000, height: 470,
            title: "Failed requests of the canary until the rollback, by requests a second, for each policy")
        legend(&svg)
        let across = Panel.Axis(
            from: 0.5, to: 1_000, ticks: [1, 10, 50, 500].map { ($0, $0.shortest) },
            title: "requests a second (10 % to the canary)")
        let up = Panel.Axis(
            from: 1, to: 200_000, ticks: [1, 10, 100, 1_000, 10_000, 100_000].map { ($0, Self.grouped($0)) },
            title: "failed requests: median, and up to p95")
        for (index, (rate, head)) in [(0.01, "0.1 % → 1 % errors"), (0.05, "→ 5 %"), (1, "→ 100 %")].enumerated() {
            let panel = Panel(
                x: 92 + Double(index) * 305, y: 118, width: 280, height: 290, across: across, up: up,
                without: ["undecided", "in most runs"])
            panel.drawFrame(&svg, head: head, showsUp: index == 0)
            let cells = figures.cells("errors").filter { $0.size == rate }
            svg.path(cells.filter { $0.harmedByTick >= 1 }.map { panel.point($0.rate, $0.harmedByTick) }, "floor")
            if index == 0 { targets([(8, "aim: 8 at the median"), (14, "14 at p95")], panel, &svg) }
            for policy in policies {
                draw(
                    cells.map { cell in
                        let figures = cell.figures(policy)
                        return Series(at: cell.rate, middle: figures.harmedMedian, high: figures.harmedP95)
                    }, policy, panel, &svg)
            }
        }
        svg.text("dotted: what one tick of 2 s holds, the least that any look can do", 958, 464, .end, "small soft")
        return svg.document
    }

    private var timeToDecide: String {
        var svg = SVG(
            width: 1_000, height: 470, title: "Time from the canary's first request to the rollback, by its error rate")
        legend(&svg)
        let across = Panel.Axis(
            from: 0.0034, to: 1.6, ticks: [0.005, 0.01, 0.05, 0.2, 1].map { ($0, ($0 * 100).shortest) },
            title: "canary's errors, %")
        let up = Panel.Axis(
            from: 1, to: 21_600,
            ticks: [(2, "2 s"), (10, "10 s"), (60, "1 min"), (300, "5 min"), (1_500, "25 min"), (7_200, "2 h")],
            title: "time to decide: median, and up to p95")
        for (index, rate) in [10.0, 50, 500].enumerated() {
            let panel = Panel(
                x: 92 + Double(index) * 305, y: 118, width: 280, height: 290, across: across, up: up,
                without: ["undecided", "in most runs"])
            panel.drawFrame(&svg, head: "\(rate.shortest) requests a second", showsUp: index == 0)
            for policy in policies {
                draw(
                    figures.cells("errors").filter { $0.rate == rate }.map { cell in
                        let figures = cell.figures(policy)
                        return Series(at: cell.size, middle: figures.secondsMedian, high: figures.secondsP95)
                    }, policy, panel, &svg)
            }
        }
        return svg.document
    }

    private var falseRollbacks: String {
        var svg = SVG(
            width: 1_000, height: 430, title: "Healthy rollouts of 30 minutes that were rolled back, by scenario")
        legend(&svg)
        let streams = [
            ("healthy", "independent errors"), ("shared incident", "shared incident, 5 min"),
            ("daily load", "daily load"), ("clusters", "clusters of 5 errors"),
        ]
        let up = Panel.Axis(
            from: 0.005, to: 100, ticks: [0.01, 0.1, 1, 10, 100].map { ($0, "\($0.shortest) %") },
            title: "share that was rolled back")
        let across = Panel.Axis(from: 1, to: 10, ticks: [], title: "")
        let panel = Panel(x: 92, y: 90, width: 880, height: 280, across: across, up: up)
        panel.drawFrame(&svg, head: "", showsUp: true)
        let step = panel.width / Double(streams.count)
        for (index, (stream, words)) in streams.enumerated() {
            let left = panel.x + Double(index) * step
            svg.text(words, left + step / 2, panel.y + panel.height + 20, .middle)
            guard let cell = figures.cells(stream).first else { continue }
            for (place, policy) in policies.enumerated() {
                let share = Double(cell.figures(policy).rolledBack) / Double(cell.runs) * 100
                let top = share > 0 ? panel.point(1, share).y : panel.y + panel.height
                let x = left + 12 + Double(place) * 28
                svg.rect(x, top, 22, panel.y + panel.height - top, "bar s\(place)")
                svg.text(Self.percent(share), x + 11, top - 4, .middle, "small")
            }
        }
        let aim = panel.point(1, 0.1).y
        svg.line(panel.x, aim, panel.x + panel.width, aim, "target")
        svg.text("aim: at most 0.1 %", panel.x + panel.width, aim - 4, .end, "small soft")
        svg.text("Kayenta judges after 50 minutes, the others within 30", 972, 422, .end, "small soft")
        return svg.document
    }

    private func legend(_ svg: inout SVG) {
        var x = 60.0
        for (index, policy) in policies.enumerated() {
            svg.mark(x, 26, shape: index, "mark s\(index)")
            svg.text(policy.title, x + 10, 30, .start, "small")
            x += 24 + Double(policy.title.count) * 5.7
        }
    }

    private func targets(_ targets: [(Double, String)], _ panel: Panel, _ svg: inout SVG) {
        for (value, words) in targets {
            let y = panel.point(1, value).y
            svg.line(panel.x, y, panel.x + panel.width, y, "target")
            svg.text(words, panel.x + panel.width - 4, value == 8 ? y + 11 : y - 4, .end, "small soft")
        }
    }

    /// Policies stand a little beside each other, so that none hides another.
    private func draw(_ series: [Series], _ policy: PolicyName, _ panel: Panel, _ svg: inout SVG) {
        guard let index = policies.firstIndex(of: policy) else { return }
        let aside = (Double(index) - 3) * 4.5
        let style = "s\(index)"
        let known = series.compactMap { one in
            one.middle.map { middle in
                let at = panel.point(one.at, Double(middle))
                return (x: at.x + aside, y: at.y, high: one.high.map { panel.point(one.at, Double($0)).y })
            }
        }
        svg.path(known.map { ($0.x, $0.y) }, "line \(style)")
        for point in known {
            if let high = point.high {
                svg.line(point.x, point.y, point.x, high, "thin \(style)")
                svg.line(point.x - 3, high, point.x + 3, high, "thin \(style)")
            }
            svg.mark(point.x, point.y, shape: index, "mark \(style)")
        }
        for one in series where one.middle == nil {
            svg.mark(
                panel.point(one.at, 1).x + aside * 1.4, panel.y - panel.bandHeight / 2, shape: index, "mark \(style)",
                size: 3.6)
        }
    }

    private static func grouped(_ value: Double) -> String {
        value >= 1_000 ? "\(Int(value) / 1_000),000" : value.shortest
    }

    private static func percent(_ share: Double) -> String {
        share >= 10 ? "\(Int(share.rounded()))" : ((share * 100).rounded() / 100).shortest
    }
}
