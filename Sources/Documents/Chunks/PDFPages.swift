/// How many pages a PDF seems to have, before a parser has said so: enough to set money and time aside.
package enum PDFPages {
    /// Counts page objects (ISO 32000-1 §7.7.3.3) that stand in the open; in a file that keeps them in compressed object
    /// streams, guesses one page for every 50 kB.
    /// - Returns: at least 1.
    package static func estimate(_ bytes: some Collection<UInt8>) -> Int {
        let marker = Array("/Type".utf8)
        let name = Array("/Page".utf8)
        var pages = 0
        var index = bytes.startIndex
        while let start = bytes[index...].firstIndex(of: UInt8(ascii: "/")) {
            index = bytes.index(after: start)
            guard bytes[start...].starts(with: marker) else { continue }
            let rest = bytes[start...].dropFirst(marker.count).drop { $0 <= 32 }
            guard rest.starts(with: name) else { continue }
            // "/Pages" is a node of the tree, not a page.
            if let next = rest.dropFirst(name.count).first, next >= UInt8(ascii: "a"), next <= UInt8(ascii: "z") {
                continue
            }
            pages += 1
        }
        return pages > 0 ? pages : bytes.count / 50_000 + 1
    }
}
