/// How many pages a PDF has, before a parser has said so: enough to set money and time aside.
package enum PDFPages: Sendable, Equatable {
    /// All page objects stand in the open: there are no more than these.
    case counted(Int)
    /// Page objects may be hidden in compressed object streams; judged by the file's size, generously.
    case guessed(Int)

    /// A real page takes more than this, compressed, with its contents.
    private static let leastBytesPerPage = 500

    package var bound: Int {
        switch self {
        case .counted(let count), .guessed(let count): count
        }
    }

    /// Counts page objects (ISO 32000-1 §7.7.3.3), and looks for object streams (§7.5.7).
    package static func estimate(_ bytes: some Collection<UInt8>) -> PDFPages {
        var pages = 0
        var isHidden = false
        var rest = bytes[...]
        while let start = rest.firstIndex(of: UInt8(ascii: "/")) {
            rest = bytes[start...]
            let name = value(ofTypeAt: rest)
            if name == "Page" { pages += 1 }
            if name == "ObjStm" { isHidden = true }
            rest = rest.dropFirst()
        }
        guard isHidden || pages == 0 else { return .counted(pages) }
        return .guessed(max(pages, bytes.count / leastBytesPerPage + 1))
    }

    /// The name that follows `/Type`, at the beginning of `bytes`.
    private static func value<Bytes: Collection<UInt8>>(ofTypeAt bytes: Bytes) -> String? {
        guard bytes.starts(with: "/Type".utf8) else { return nil }
        let value = bytes.dropFirst(5).drop { $0 <= 32 }
        guard value.first == UInt8(ascii: "/") else { return nil }
        let letters = value.dropFirst().prefix(8).prefix { byte in
            (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
                || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
        }
        return String(decoding: Array(letters), as: UTF8.self)
    }
}
