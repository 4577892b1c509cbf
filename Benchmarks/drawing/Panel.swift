import Foundation

/// A frame with logarithmic axes, and a band above it for what has no value.
struct Panel {
    struct Axis {
        var from: Double
        var to: Double
        /// Where lines and words stand.
        var ticks: [(at: Double, label: String)]
        var title: String

        /// From 0 to 1.
        func place(_ value: Double) -> Double { log(max(value, from) / from) / log(to / from) }
    }

    let x: Double
    let y: Double
    let width: Double
    let height: Double
    let across: Axis
    let up: Axis
    /// What the band is called, in two lines; there is no band when nil.
    var without: [String]?
    let bandHeight = 26.0

    func point(_ horizontal: Double, _ vertical: Double) -> (x: Double, y: Double) {
        (x + across.place(horizontal) * width, y + height - up.place(vertical) * height)
    }

    func drawFrame(_ svg: inout SVG, head: String, showsUp: Bool) {
        let top = without == nil ? y : y - bandHeight
        svg.text(head, x + width / 2, top - 8, .middle, "head")
        if let without {
            svg.rect(x, top, width, bandHeight, "band")
            if showsUp {
                for (row, words) in without.enumerated() {
                    svg.text(words, x - 6, top + 10 + Double(row) * 12, .end, "small soft")
                }
            }
        }
        for tick in up.ticks {
            let at = point(across.from, tick.at).y
            svg.line(x, at, x + width, at, "grid")
            if showsUp { svg.text(tick.label, x - 6, at + 4, .end, "small") }
        }
        for tick in across.ticks {
            let at = point(tick.at, up.from).x
            svg.line(at, y + height, at, y + height + 4, "axis")
            svg.text(tick.label, at, y + height + 17, .middle, "small")
        }
        svg.line(x, y + height, x + width, y + height, "axis")
        svg.line(x, top, x, y + height, "axis")
        svg.text(across.title, x + width / 2, y + height + 36, .middle, "soft")
        if showsUp { svg.text(up.title, x - 62, y + height / 2, .middle, "soft", turned: true) }
    }
}
