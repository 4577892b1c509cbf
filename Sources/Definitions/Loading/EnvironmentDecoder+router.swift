extension EnvironmentDecoder {
    func router(_ reader: YAMLReader) -> RouterDefinition? {
        reader.mapping { router in
            RouterDefinition(
                bind: router.optional("bind", address) ?? RouterDefinition.loopback,
                encryption: router.optional("tls", encryption) ?? .none, testers: router.optional("testers", testers))
        }
    }

    private func testers(_ reader: YAMLReader) -> TesterDefinition? {
        reader.mapping { testers -> TesterDefinition? in
            let header = testers.optional("header", carrierName)
            let cookie = testers.optional("cookie", carrierName)
            switch (header, cookie) {
            case (let name?, nil): return TesterDefinition(.header, name: name)
            case (nil, let name?): return TesterDefinition(.cookie, name: name)
            default:
                guard testers.has("header") == testers.has("cookie") else { return nil }
                return reader.wrong("either a `header` or a `cookie`", example: "header: X-Release")
            }
        } ?? nil
    }

    /// It becomes a word of the router's own file.
    private func carrierName(_ reader: YAMLReader) -> String? {
        let isName = reader.node.scalar.map { scalar in
            (1...64).contains(scalar.text.utf8.count)
                && scalar.text.utf8.allSatisfy {
                    (0x61...0x7A).contains($0) || (0x41...0x5A).contains($0) || (0x30...0x39).contains($0)
                        || $0 == 0x2D || $0 == 0x5F
                }
        }
        guard isName == true, let text = reader.node.scalar?.text else {
            return reader.wrong("a name of letters, digits, `-` and `_`", example: "X-Release")
        }
        return text
    }

    /// It becomes a word of the router's own file, so nothing else may stand there.
    private func address(_ reader: YAMLReader) -> String? {
        let expected = "an IPv4 address of this machine, or \"*\" for all of them"
        guard let text = reader.node.scalar?.text else { return reader.wrong(expected, example: "127.0.0.1") }
        let numbers = text.split(separator: ".", omittingEmptySubsequences: false)
        let isAddress =
            numbers.count == 4
            && numbers.allSatisfy { Quantity.integer(String($0)).map { (0...255).contains($0) } ?? false }
        return isAddress || text == "*" ? text : reader.wrong(expected, example: "127.0.0.1")
    }

    private func encryption(_ reader: YAMLReader) -> RouterDefinition.Encryption? {
        reader.mapping { tls -> RouterDefinition.Encryption in
            var place: Place?
            let path = tls.optional("certificate") { reader -> String? in
                place = reader.place
                return reader.string()
            }
            let names = tls.optional("names") { $0.list(hostName) } ?? []
            let reason = tls.optional("elsewhere") { $0.string() }
            var certificate = CertificateDefinition(path: path.map(absolute) ?? "", names: names, place: place)
            if let warn = tls.optional("warn", { positive($0) }) { certificate.warn = warn }
            if let critical = tls.optional("critical", { $0.duration() }) { certificate.critical = critical }
            if path != nil { return .certificate(certificate) }
            return reason.map { .elsewhere(reason: $0) } ?? .none
        }
    }

    private func absolute(_ path: String) -> String { path.hasPrefix("/") ? path : "\(project)/\(path)" }

    private func hostName(_ reader: YAMLReader) -> String? {
        let isName = reader.node.scalar.map { scalar in
            !scalar.text.isEmpty && scalar.text.utf8.count <= 253
                && scalar.text.utf8.allSatisfy {
                    (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x2D || $0 == 0x2E
                }
        }
        guard isName == true, let text = reader.node.scalar?.text else {
            return reader.wrong("a host's name in lower case, without `*`", example: "documents.example.com")
        }
        return text
    }
}
