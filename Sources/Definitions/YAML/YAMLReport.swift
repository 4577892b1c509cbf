/// What is found in one document: so many findings, and then only their number.
struct YAMLReport {
    let file: String
    let environment: String?
    private let source: [UInt8]
    private let lines: YAMLLineTable
    private let most: Int
    private var found: [Finding] = []
    private var skipped = 0

    init(_ source: [UInt8], lines: YAMLLineTable, file: String, environment: String?, most: Int) {
        self.source = source
        self.lines = lines
        self.file = file
        self.environment = environment
        self.most = most
    }

    var isFull: Bool { found.count >= most }

    /// All findings in the order of the file; the last says how many more there are.
    var findings: [Finding] {
        let sorted = found.sorted { ($0.place.line, $0.place.column) < ($1.place.line, $1.place.column) }
        guard skipped > 0, let last = sorted.last else { return sorted }
        return sorted + [
            Finding(
                rule: last.rule, environment: environment, place: last.place,
                message: "there are \(skipped) more findings in this file.", fix: "Mend the others first.")
        ]
    }

    func place(_ offset: Int) -> Place {
        let position = lines.position(of: offset, in: source)
        return Place(file: file, line: position.line, column: position.column)
    }

    func finding(
        _ rule: String, severity: Finding.Severity = .error, at offset: Int, name: String? = nil, _ message: String,
        _ fix: String
    ) -> Finding {
        Finding(
            rule: rule, severity: severity, environment: environment, place: place(offset), name: name,
            message: message, fix: fix)
    }

    mutating func add(
        _ rule: String, severity: Finding.Severity = .error, at offset: Int, name: String? = nil, _ message: String,
        _ fix: String
    ) {
        guard !isFull else { return skip() }
        found.append(finding(rule, severity: severity, at: offset, name: name, message, fix))
    }

    mutating func skip() { skipped += 1 }
}
