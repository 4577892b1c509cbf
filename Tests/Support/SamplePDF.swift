/// PDFs of a few lines a page, in Helvetica, which `pdftotext` reads (ISO 32000-1).
package struct SamplePDF: Sendable {
    package let bytes: [UInt8]

    /// - Parameter pages: each page's lines; parentheses and backslashes are not supported.
    package init(pages: [[String]]) {
        var objects = [
            "<< /Type /Catalog /Pages 2 0 R >>",
            "<< /Type /Pages /Kids [\(pages.indices.map { "\(4 + 2 * $0) 0 R" }.joined(separator: " "))] "
                + "/Count \(pages.count) >>",
            "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        ]
        for (index, lines) in pages.enumerated() {
            let content =
                "BT /F1 12 Tf 72 720 Td 16 TL\n" + lines.map { "(\($0)) Tj T*\n" }.joined() + "ET"
            objects.append(
                "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Resources << /Font << /F1 3 0 R >> >> "
                    + "/Contents \(5 + 2 * index) 0 R >>")
            objects.append("<< /Length \(content.utf8.count) >>\nstream\n\(content)\nendstream")
        }
        var text = "%PDF-1.4\n"
        var offsets: [Int] = []
        for (index, object) in objects.enumerated() {
            offsets.append(text.utf8.count)
            text += "\(index + 1) 0 obj\n\(object)\nendobj\n"
        }
        let table = text.utf8.count
        text += "xref\n0 \(objects.count + 1)\n0000000000 65535 f \n"
        for offset in offsets { text += String(String(offset + 10_000_000_000).dropFirst()) + " 00000 n \n" }
        text += "trailer << /Size \(objects.count + 1) /Root 1 0 R >>\nstartxref\n\(table)\n%%EOF\n"
        bytes = Array(text.utf8)
    }
}
