/// Writes the smallest honest PDF: one page of text in Helvetica, which every reader can extract (ISO 32000-1).
enum TinyPDF {
    /// - Parameter text: lines; longer ones are wrapped at words. Characters outside printable ASCII become `?`.
    static func bytes(text: String) -> [UInt8] {
        let content = page(text.split(separator: "\n", omittingEmptySubsequences: false).flatMap { wrap(String($0)) })
        let objects = [
            "<< /Type /Catalog /Pages 2 0 R >>",
            "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R "
                + "/Resources << /Font << /F1 5 0 R >> >> >>",
            "<< /Length \(content.utf8.count) >>\nstream\n\(content)\nendstream",
            "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
        ]
        var file = "%PDF-1.4\n"
        var offsets: [Int] = []
        for (index, object) in objects.enumerated() {
            offsets.append(file.utf8.count)
            file += "\(index + 1) 0 obj\n\(object)\nendobj\n"
        }
        let table = file.utf8.count
        // Each entry of the table is exactly twenty bytes, its line end included (7.5.4).
        file += "xref\n0 \(objects.count + 1)\n0000000000 65535 f \n"
        for offset in offsets { file += String(String(offset + 10_000_000_000).dropFirst()) + " 00000 n \n" }
        file += "trailer\n<< /Size \(objects.count + 1) /Root 1 0 R >>\nstartxref\n\(table)\n%%EOF\n"
        return Array(file.utf8)
    }

    private static func page(_ lines: [String]) -> String {
        "BT\n/F1 12 Tf\n15 TL\n72 720 Td\n" + lines.map { "(\(escaped($0))) Tj T*\n" }.joined() + "ET"
    }

    private static func wrap(_ line: String, width: Int = 78) -> [String] {
        var lines = [""]
        for word in line.split(separator: " ") {
            let current = lines[lines.count - 1]
            if current.isEmpty {
                lines[lines.count - 1] = String(word)
            } else if current.count + 1 + word.count <= width {
                lines[lines.count - 1] = "\(current) \(word)"
            } else {
                lines.append(String(word))
            }
        }
        return lines
    }

    private static func escaped(_ text: String) -> String {
        String(
            text.unicodeScalars.flatMap { scalar -> [Character] in
                switch scalar {
                case "(", ")", "\\": ["\\", Character(scalar)]
                case " "..."~": [Character(scalar)]
                default: ["?"]
                }
            })
    }
}
