import Contract
import Crypto
import FoundationEssentials
import Rollouts
import Secrets

/// What HAProxy serves of one certificate path: copies that were found good, which only the control plane's user can read.
/// HAProxy never loads what is at the path itself, so that a bad file there stands in the way of no start, reload or
/// rollback.
struct CertificateShelf: Sendable {
    /// The folder that HAProxy works in.
    let folder: String
    /// The path that the environment names.
    let source: String
    /// Differs between sources, and is fit for HAProxy's files and commands.
    private let id: String

    init(folder: String, source: String) {
        self.folder = folder
        self.source = source
        id = String(Hexadecimal.text(SHA256.hash(data: Array(source.utf8))).prefix(12))
    }

    /// The list of the files, relative to `folder`.
    static func list(_ source: String) -> String { CertificateShelf(folder: "", source: source).list }

    var list: String { "certificates/\(id).list" }

    /// The certificates without their keys, for those who want to be sure whom they talk to: an absolute path.
    var authorities: String { "\(folder)/certificates/\(id).crt" }

    /// How HAProxy knows a certificate.
    func name(of file: CertificateFile) -> String { "certificates/\(id)/\(cleaned(file.name)).pem" }

    /// What is served, in the list's order; empty when nothing ever was.
    func copies() throws(RouterError) -> [CertificateFile] {
        guard FileManager.default.fileExists(atPath: "\(folder)/\(list)") else { return [] }
        do { return try CertificateFile.read("\(folder)/certificates/\(id)") } catch {
            throw .cannotStart(
                reason:
                    "The copy of the certificate \(error). Remove \(folder)/\(list), and the next round makes it anew.")
        }
    }

    /// Puts other files in the place of what is served. The list comes last: it names whole files only.
    func replace(by files: [CertificateFile]) throws(RouterError) {
        do {
            try PrivateFile.makeFolder("\(folder)/certificates/\(id)")
            for file in files {
                try PrivateFile.write(Array(file.reveal().utf8), to: "\(folder)/\(name(of: file))")
            }
            try PrivateFile.write(Array(files.map(\.chain).joined().utf8), to: authorities)
            let lines = files.map { "\(name(of: $0))\n" }.joined()
            try PrivateFile.write(Array(lines.utf8), to: "\(folder)/\(list)")
        } catch {
            throw .cannotStart(reason: "\(error)")
        }
        try removeOthers(than: Set(files.map { "\(cleaned($0.name)).pem" }))
    }

    private func removeOthers(than names: Set<String>) throws(RouterError) {
        let place = "\(folder)/certificates/\(id)"
        do {
            for name in try FileManager.default.contentsOfDirectory(atPath: place) where !names.contains(name) {
                try FileManager.default.removeItem(atPath: "\(place)/\(name)")
            }
        } catch {
            throw .cannotStart(reason: "\(place) cannot be tidied: \(error)")
        }
    }

    /// Other characters than letters, digits, `-` and `.` become `_` and their code.
    private func cleaned(_ name: String) -> String {
        name.utf8.map { byte in
            let character = Character(UnicodeScalar(byte))
            let isPlain = character.isASCII && (character.isLetter || character.isNumber)
            return isPlain || character == "-" || character == "." ? String(character) : "_" + Hexadecimal.text([byte])
        }.joined()
    }
}

extension CertificateShelf {
    /// What a look at the source led to.
    enum Look: Sendable {
        /// What is served is what is there.
        case same
        case new([CertificateFile])
        /// What is there would not do; what is served stays.
        case bad(CertificateFileError)
    }

    /// Compares what is at the source with what is served.
    /// - Parameter names: what it must be for; empty asks for the names of what is served.
    func look(names: [String], at now: Timestamp) throws(RouterError) -> Look {
        let served = try copies()
        let seconds = now.microseconds / 1_000_000
        do throws(CertificateFileError) {
            let wanted = names.isEmpty ? served.flatMap(\.facts.names) : names
            let files = try CertificateFile.read(source)
            let isSame = files.map(\.chain) == served.map(\.chain) && files.map(name) == served.map(name)
            // What is served already may end while it is served: that is another alert's matter.
            if isSame, files.allSatisfy({ $0.facts.keyMatches == true }) { return .same }
            return .new(try CertificateFile.usable(source, names: wanted, at: seconds))
        } catch {
            return .bad(error)
        }
    }
}
