import Foundation

/// A multipart form with fields and one file in it, written down so that it can be streamed. It counts as half written: when
/// its process is killed it is swept away with other such files.
struct MultipartFile {
    private let path: String
    private let filename: String
    private let fields: [String: String]
    private let boundary: String
    private let target: String

    init(path: String, filename: String, fields: [String: String] = [:], folder: String) {
        self.path = path
        self.filename = filename
        self.fields = fields
        let id = UUID().uuidString
        boundary = "form-\(id)"
        target = "\(folder)/\(id).form\(DiskStorage.partialSuffix)"
    }

    var contentType: String { "multipart/form-data; boundary=\(boundary)" }

    /// - Returns: the form's path. Remove it afterwards.
    func write() throws -> String {
        let source = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
        guard FileManager.default.createFile(atPath: target, contents: nil, attributes: [.posixPermissions: 0o600])
        else {
            throw CocoaError(.fileWriteUnknown)
        }
        let form = try FileHandle(forWritingTo: URL(fileURLWithPath: target))
        let quoted = String(filename.map { "\"\\\r\n".contains($0) ? "_" : $0 })
        for (name, value) in fields.sorted(by: { $0.key < $1.key }) {
            let field = "--\(boundary)\r\nContent-Disposition: form-data; name=\"\(name)\"\r\n\r\n\(value)\r\n"
            try form.write(contentsOf: Data(field.utf8))
        }
        let head =
            "--\(boundary)\r\nContent-Disposition: form-data; name=\"file\"; filename=\"\(quoted)\"\r\n"
            + "Content-Type: application/pdf\r\n\r\n"
        try form.write(contentsOf: Data(head.utf8))
        while let piece = try source.read(upToCount: 1 << 18), !piece.isEmpty {
            try form.write(contentsOf: piece)
        }
        try form.write(contentsOf: Data("\r\n--\(boundary)--\r\n".utf8))
        try form.close()
        try source.close()
        return target
    }

    /// A form that stays behind costs a little space, and nothing else.
    func remove() { unlink(target) }
}
