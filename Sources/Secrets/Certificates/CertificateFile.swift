import Glibc

/// A certificate with its chain and its key, as a file has them. The key stays a secret.
package struct CertificateFile: Sendable {
    /// The file's name, without `.pem`.
    package var name: String
    package var path: String
    package var facts: CertificateFacts
    /// The certificates in PEM, in the file's order, without anything between them.
    package var chain: String
    /// The private key in PEM, if there is one.
    package var key: Secret?

    /// - Parameter pem: the file's text.
    package init(name: String, path: String, pem: String) throws(CertificateFileError) {
        self.name = name
        self.path = path
        do throws(CertificateError) {
            facts = try CertificateFacts(pem: pem)
            let blocks = try PEMParts(pem)
            chain = blocks.chainText
            key = blocks.keyText.map { Secret($0) }
        } catch {
            throw CertificateFileError(path: path, reason: "\(error)")
        }
    }

    /// What a server loads.
    package func reveal() -> String { chain + (key?.reveal() ?? "") }
}

/// Why what a path holds is not what a server should serve with.
package struct CertificateFileError: Error, Sendable, Equatable, CustomStringConvertible {
    package var path: String
    /// What is wrong, and what to do.
    package var reason: String

    package var description: String { "\(path): \(reason)" }
}

extension CertificateFile {
    /// Reads a PEM file, or the `.pem` files of a folder in the order of their names. A key may stand beside its
    /// certificate, in a file of the same name and `.key`, or as `privkey.pem` beside `fullchain.pem`.
    /// - Throws: `CertificateFileError` when there is none, one cannot be read or is open to others than its owner and group.
    package static func read(_ path: String) throws(CertificateFileError) -> [CertificateFile] {
        guard isFolder(path) else { return [try read(path, keyBeside: "\(path).key")] }
        let names = try list(path)
        if names.contains("fullchain.pem"), names.contains("privkey.pem") {
            return [try read("\(path)/fullchain.pem", keyBeside: "\(path)/privkey.pem")]
        }
        var files: [CertificateFile] = []
        for name in names where name.hasSuffix(".pem") && !name.hasPrefix(".") {
            files.append(try read("\(path)/\(name)", keyBeside: "\(path)/\(name).key"))
        }
        guard !files.isEmpty else {
            throw CertificateFileError(path: path, reason: "the folder has no file that ends in `.pem`: put one there")
        }
        return files
    }

    /// Reads what a server may serve with at `now`, seconds since 1970.
    /// - Parameter names: what the certificates together must be for.
    /// - Throws: `CertificateFileError` with the first thing that stands against it.
    package static func usable(
        _ path: String, names: [String], at now: Int64
    ) throws(CertificateFileError) -> [CertificateFile] {
        let files = try read(path)
        for file in files {
            if let reason = file.facts.obstacle(at: now) { throw CertificateFileError(path: file.path, reason: reason) }
        }
        let missing = names.filter { name in
            !files.contains { $0.facts.names.contains(name) || $0.facts.covers(name) }
        }
        guard missing.isEmpty else {
            throw CertificateFileError(
                path: path,
                reason: "it is not for \(missing.joined(separator: ", ")): have that name added, "
                    + "or say under `router: { tls: { names: … } }` which names it is to be for, and roll that out")
        }
        return files
    }

    private static func read(_ path: String, keyBeside: String) throws(CertificateFileError) -> CertificateFile {
        var text = try self.text(path)
        if access(keyBeside, F_OK) == 0, !text.contains("PRIVATE KEY-----") {
            text += "\n" + (try self.text(keyBeside))
        }
        let name = path.split(separator: "/").last.map(String.init) ?? path
        return try CertificateFile(
            name: name.hasSuffix(".pem") ? String(name.dropLast(4)) : name, path: path, pem: text)
    }

    private static func text(_ path: String) throws(CertificateFileError) -> String {
        var status = stat()
        guard stat(path, &status) == 0 else { throw failure(path, errno) }
        let bytes: [UInt8]?
        do { bytes = try PrivateFile.read(path) } catch {
            throw CertificateFileError(path: path, reason: "it cannot be read: \(error)")
        }
        guard let bytes else { throw failure(path, ENOENT) }
        let text = String(decoding: bytes, as: UTF8.self)
        // A certificate alone is public.
        if text.contains("PRIVATE KEY-----"), status.st_mode & 0o137 != 0 {
            throw CertificateFileError(
                path: path,
                reason: "others than its owner and group may read or change the key: chmod 600 \(path), "
                    + "and take care who has seen it")
        }
        return text
    }

    private static func isFolder(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    private static func list(_ path: String) throws(CertificateFileError) -> [String] {
        guard let folder = opendir(path) else { throw failure(path, errno) }
        defer { closedir(folder) }
        var names: [String] = []
        while let entry = readdir(folder) {
            names.append(
                withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                    pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
                })
        }
        return names.sorted()
    }

    private static func failure(_ path: String, _ code: Int32) -> CertificateFileError {
        let reason =
            code == ENOENT
            ? "there is no such file: put the certificate there, or mend `router: { tls: { certificate: … } }`"
            : "it cannot be read (\(String(cString: strerror(code)))): let the control plane's user read it"
        return CertificateFileError(path: path, reason: reason)
    }
}
