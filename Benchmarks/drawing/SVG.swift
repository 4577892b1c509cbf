/// A drawing of lines, marks and words as SVG, readable in light and dark: colours are classes, and the drawing brings its own
/// background for both, since a page's theme need not be the system's.
struct SVG {
    let width: Double
    let height: Double
    /// Says what is drawn, to those who cannot see it.
    let title: String
    private var body: [String] = []

    init(width: Double, height: Double, title: String) {
        (self.width, self.height, self.title) = (width, height, title)
    }

    enum Anchor: String { case start, middle, end }

    mutating func line(_ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double, _ style: String) {
        body.append(
            #"<line x1="\#(n(x1))" y1="\#(n(y1))" x2="\#(n(x2))" y2="\#(n(y2))" class="\#(style)"/>"#)
    }

    mutating func path(_ points: [(x: Double, y: Double)], _ style: String) {
        guard points.count > 1 else { return }
        let list = points.map { "\(n($0.x)),\(n($0.y))" }.joined(separator: " ")
        body.append(#"<polyline points="\#(list)" class="\#(style)"/>"#)
    }

    mutating func rect(_ x: Double, _ y: Double, _ width: Double, _ height: Double, _ style: String) {
        body.append(
            #"<rect x="\#(n(x))" y="\#(n(y))" width="\#(n(width))" height="\#(n(height))" class="\#(style)"/>"#)
    }

    /// - Parameter turned: reads from below upwards.
    mutating func text(
        _ words: String, _ x: Double, _ y: Double, _ anchor: Anchor = .start, _ style: String = "", turned: Bool = false
    ) {
        let turn = turned ? #" transform="rotate(-90 \#(n(x)) \#(n(y)))""# : ""
        body.append(
            #"<text x="\#(n(x))" y="\#(n(y))" text-anchor="\#(anchor.rawValue)" class="\#(style)"\#(turn)>"#
                + Self.escaped(words) + "</text>")
    }

    /// One of several shapes, so that colour is not all that tells series apart.
    mutating func mark(_ x: Double, _ y: Double, shape: Int, _ style: String, size r: Double = 4.5) {
        let corners: [(Double, Double)] =
            switch shape % 7 {
            case 0: []
            case 1: [(-1, -1), (1, -1), (1, 1), (-1, 1)]
            case 2: [(0, -1.3), (1.3, 0), (0, 1.3), (-1.3, 0)]
            case 3: [(0, -1.2), (1.2, 1), (-1.2, 1)]
            case 4: [(0, 1.2), (1.2, -1), (-1.2, -1)]
            case 5: [(-1.2, 0), (1, -1.2), (1, 1.2)]
            default: [(1.2, 0), (-1, -1.2), (-1, 1.2)]
            }
        guard !corners.isEmpty else {
            return body.append(#"<circle cx="\#(n(x))" cy="\#(n(y))" r="\#(n(r))" class="\#(style)"/>"#)
        }
        let list = corners.map { "\(n(x + $0.0 * r)),\(n(y + $0.1 * r))" }.joined(separator: " ")
        body.append(#"<polygon points="\#(list)" class="\#(style)"/>"#)
    }

    /// The classes: `s0` to `s6` for series, as `line`, `mark` or `bar` beside it; `axis`, `grid`, `target`, `floor`, `band`; `head`,
    /// `small` and `soft` for words.
    var document: String {
        """
        <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(n(width)) \(n(height))" width="\(n(width))" \
        height="\(n(height))" role="img">
        <title>\(Self.escaped(title))</title>
        <style>
        \(Self.style)
        </style>
        <rect width="100%" height="100%" class="paper"/>
        \(body.joined(separator: "\n"))
        </svg>

        """
    }

    private static var style: String {
        func series(_ colours: [String]) -> String {
            colours.enumerated().map { ".s\($0.offset){--c:\($0.element)}" }.joined()
        }
        return """
            svg{--ink:#1f2328;--soft:#59636e;--grid:#e3e7eb;--paper:#fff;--band:#f3f5f7}
            \(series(["#0057b8", "#c2410c", "#e08a00", "#00785a", "#4fae8f", "#a8327e", "#6b5b95"]))
            @media (prefers-color-scheme:dark){
            svg{--ink:#e6edf3;--soft:#9aa4ae;--grid:#2a3038;--paper:#0d1117;--band:#171d25}
            \(series(["#5aa9ff", "#ff7b45", "#ffb84d", "#2fbf94", "#8fe0c6", "#ee7ac4", "#b3a2e6"]))
            }
            text{font:12px system-ui,-apple-system,"Segoe UI",sans-serif;fill:var(--ink)}
            .head{font-weight:600;font-size:13px}.small{font-size:10.5px}.soft{fill:var(--soft)}
            .paper{fill:var(--paper)}.band{fill:var(--band)}
            .axis{stroke:var(--soft);stroke-width:1}.grid{stroke:var(--grid);stroke-width:1}
            .target{stroke:var(--ink);stroke-width:1;stroke-dasharray:5 4}
            .floor{stroke:var(--soft);stroke-width:1.2;stroke-dasharray:1.5 3;fill:none}
            .line{stroke:var(--c);stroke-width:1.8;fill:none}.thin{stroke:var(--c);stroke-width:1.2}
            .mark{fill:var(--c);stroke:var(--paper);stroke-width:.8}.bar{fill:var(--c)}
            """
    }

    private static func escaped(_ words: String) -> String {
        words.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
    }

    private func n(_ value: Double) -> String {
        let rounded = (value * 10).rounded() / 10
        return Int(exactly: rounded).map { "\($0)" } ?? "\(rounded)"
    }
}
