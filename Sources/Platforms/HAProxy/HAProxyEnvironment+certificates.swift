import Rollouts
import Secrets

extension HAProxyEnvironment {
    /// Makes sure that there is something good to serve with before a configuration names it. What cannot be taken from the
    /// source is an error only when nothing was served from there before.
    func stock(_ next: DesiredTraffic) throws(RouterError) {
        for entrance in next.entrances {
            guard let source = entrance.certificate else { continue }
            let shelf = CertificateShelf(folder: process.folder, source: source)
            switch try shelf.look(names: entrance.names, at: clock.now) {
            case .same: watches[source, default: CertificateWatch()].saw(try shelf.copies())
            case .new(let files):
                try shelf.replace(by: files)
                watches[source, default: CertificateWatch()].saw(files)
            case .bad(let error):
                let served = try shelf.copies()
                guard !served.isEmpty else {
                    throw .cannotStart(reason: "The certificate cannot be served. \(error)")
                }
                watches[source, default: CertificateWatch()].saw(error, serving: served)
            }
        }
    }

    /// Makes what HAProxy serves what is on the shelves, without a reload where that can be.
    /// - Returns: whether a reload is needed.
    func serveCertificates() async throws(RouterError) -> Bool {
        for source in Set(desired.entrances.compactMap(\.certificate)).sorted() {
            let shelf = CertificateShelf(folder: process.folder, source: source)
            let files = try shelf.copies()
            let names = files.map(shelf.name)
            let listed = CertificateList.files(try await process.ask("show ssl crt-list \(shelf.list)"))
            guard listed == names else { return true }
            for (file, name) in zip(files, names) {
                let shown = try await process.ask("show ssl cert \(name)")
                guard CertificateList.fingerprint(shown) != file.facts.fingerprint else { continue }
                guard try await swap(name, file) else { return true }
            }
        }
        return false
    }

    /// Replaces one certificate in the running HAProxy: connections go on, new ones get the new certificate.
    /// - Returns: false when HAProxy did not take it that way.
    private func swap(_ name: String, _ file: CertificateFile) async throws(RouterError) -> Bool {
        // A command is at most one buffer long, and an empty line ends what it brings.
        let text = file.reveal()
        guard text.utf8.count < 15_000 else { return false }
        let answer = try await process.ask("set ssl cert \(name) <<\n\(text)")
        guard answer.contains("Transaction created") || answer.contains("Transaction updated") else { return false }
        let committed = try await process.ask("commit ssl cert \(name)")
        guard !committed.contains("Success!") else { return true }
        _ = try await process.ask("abort ssl cert \(name)")
        return false
    }

    func door(_ entrance: Entrance, port: Int) throws(RouterError) -> RouterDoor {
        guard let source = entrance.certificate else { return RouterDoor(url: "http://\(entrance.host):\(port)") }
        let shelf = CertificateShelf(folder: process.folder, source: source)
        let host = CertificateList.host(try shelf.copies().flatMap(\.facts.names))
        guard let name = entrance.names.first ?? host else {
            throw .unreachable(reason: "The router has no certificate from \(source) yet, so it cannot be asked.")
        }
        return RouterDoor(url: "https://\(name):\(port)", host: entrance.host, authorities: shelf.authorities)
    }

    /// Nil until the sources were looked at.
    func certificates() -> [RouterCertificate]? {
        let sources = Set(desired.entrances.compactMap(\.certificate)).sorted()
        guard loaded, sources.allSatisfy({ watches[$0] != nil }) else { return nil }
        return sources.flatMap { source in watches[source]?.certificates(of: source) ?? [] }
    }
}

/// What HAProxy's run-time socket says of certificates. Pure.
enum CertificateList {
    /// The files of `show ssl crt-list LIST`, in its order.
    static func files(_ answer: String) -> [String] {
        answer.split(separator: "\n").map { String($0.prefix { $0 != " " }) }.filter {
            !$0.isEmpty && !$0.hasPrefix("#")
        }
    }

    /// The fingerprint in `show ssl cert FILE`, lower case; nil when HAProxy has no such certificate.
    static func fingerprint(_ answer: String) -> String? {
        let line = answer.split(separator: "\n").first { $0.hasPrefix("SHA1 FingerPrint: ") }
        return line.map { $0.dropFirst("SHA1 FingerPrint: ".count).lowercased().filter { !$0.isWhitespace } }
    }

    /// A name that one of the certificates is for, to ask for: a host's before an address.
    static func host(_ names: [String]) -> String? {
        let isAddress = { (name: String) in name.contains(":") || name.allSatisfy { $0.isNumber || $0 == "." } }
        let hosts = names.filter { !isAddress($0) }
        if let host = hosts.first(where: { !$0.hasPrefix("*.") }) { return host }
        if let wildcard = hosts.first { return "tidegate\(wildcard.dropFirst())" }
        return names.first.map { $0.contains(":") ? "[\($0)]" : $0 }
    }
}
