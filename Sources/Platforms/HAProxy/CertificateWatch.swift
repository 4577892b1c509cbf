import Rollouts
import Secrets

/// What is known of one certificate path: what of it is served, and what is wrong with what is there now.
struct CertificateWatch: Sendable {
    private(set) var served: [CertificateFile] = []
    /// What the last look found wrong.
    private var found: CertificateFileError?
    /// What two looks on end found wrong: a file that is being written is broken for a moment only.
    private var problem: CertificateFileError?

    mutating func saw(_ files: [CertificateFile]) {
        served = files
        found = nil
        problem = nil
    }

    mutating func saw(_ error: CertificateFileError, serving files: [CertificateFile]) {
        served = files
        if found != nil { problem = error }
        found = error
    }

    func certificates(of source: String) -> [RouterCertificate] {
        var all = served.map { file in
            RouterCertificate(
                source: "\(source)\(source.hasSuffix(".pem") ? "" : "/\(file.name).pem")", names: file.facts.names,
                serial: file.facts.serial, notAfter: Timestamp(microseconds: file.facts.notAfter * 1_000_000))
        }
        guard let problem else { return all }
        guard let index = all.firstIndex(where: { $0.source == problem.path }) else {
            return all + [RouterCertificate(source: problem.path, problem: problem.reason)]
        }
        all[index].problem = problem.reason
        return all
    }
}
