/// Columns under headings, as wide as what is in them; two spaces between.
struct Table {
    var headings: [String]
    var rows: [[String]] = []

    init(_ headings: String...) { self.headings = headings }

    /// Of a cell with several lines, the first is shown.
    mutating func add(_ cells: String...) {
        rows.append(cells.map { cell in cell.firstIndex(of: "\n").map { "\(cell[..<$0]) …" } ?? cell })
    }

    var text: String {
        let all = [headings] + rows
        let widths = headings.indices.map { column in all.map { $0[column].count }.max() ?? 0 }
        return all.map { row in
            var line = ""
            for (column, cell) in row.enumerated() {
                line += cell
                if column < row.count - 1 {
                    line += String(repeating: " ", count: widths[column] - cell.count + 2)
                }
            }
            return line
        }.joined(separator: "\n")
    }
}

/// Colours by meaning, where colours are wanted.
enum Ink: String {
    case good = "32"
    case bad = "31"
    case warn = "33"
    case dim = "2"
    case bold = "1"

    func callAsFunction(_ text: String) -> String {
        Terminal.hasColour ? "\u{1B}[\(rawValue)m\(text)\u{1B}[0m" : text
    }
}
