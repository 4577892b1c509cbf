/// A file that the age program encrypts and decrypts (https://age-encryption.org/v1).
struct AgeFile: Sendable {
    /// What opens it.
    enum Identity: Sendable {
        case file(String)
        /// The key itself, handed to the program on its standard input.
        case key(Secret)
    }

    var secret: String
    var path: String
    var folder: String
    var limit: Duration

    func decrypted(_ identity: Identity) async throws(SecretError) -> [UInt8] {
        guard try PrivateFile.read(path) != nil else { throw failed("there is no such file") }
        var name = "-"
        var input: [UInt8] = []
        switch identity {
        case .file(let file):
            guard try PrivateFile.read(file) != nil else {
                throw failed(
                    "its identity \(file) is not there: put age's private key there, or name it with identity:")
            }
            name = file
        case .key(let key): input = Array((key.reveal() + "\n").utf8)
        }
        return try await run(
            ["--decrypt", "--identity", name, path], input: input, what: "decrypt",
            hint: name == "-"
                ? "; is the key in \(SecretFetch.ageIdentity) one of those that it is encrypted for?"
                : "; by hand: age --decrypt --identity \(name) \(path) | wc -l")
    }

    /// Encrypts to those whom `PATH.recipients` names, and puts the file in place at once.
    func write(_ text: [UInt8]) async throws(SecretError) {
        let recipients = "\(path).recipients"
        guard try PrivateFile.read(recipients) != nil else {
            throw .notWritable(
                secret: secret, source: path,
                instead: "name those who may read it in \(recipients), one public key a line (age-keygen -y shows "
                    + "that of an identity), and try again")
        }
        let isArmoured = try PrivateFile.read(path)?.starts(with: Array("-----BEGIN AGE".utf8)) ?? false
        let sealed = try await run(
            ["--encrypt", "--recipients-file", recipients] + (isArmoured ? ["--armor"] : []), input: text,
            what: "encrypt")
        try PrivateFile.write(sealed, to: path)
    }

    private func run(
        _ arguments: [String], input: [UInt8], what: String, hint: String = ""
    ) async throws(SecretError) -> [UInt8] {
        let run = ProgramRun(program: "age", arguments: arguments, folder: folder, input: input, limit: limit)
        switch await run.outcome() {
        case .ended(0, let output, _): return output
        case .ended(_, _, let errors):
            let said = PlainWords.lines(errors).first.map { ", and said: \($0)" } ?? ""
            throw failed("age did not \(what) it\(said)\(hint)")
        case .tookTooLong: throw .timedOut(secret: secret, source: "age with \(path)", after: limit)
        case .wroteTooMuch: throw failed("it holds more than \(ProgramRun.outputLimit) bytes")
        case .notFound: throw failed("the program age is not on the PATH; install it (apt-get install age)")
        case .notRunnable: throw failed("the program age could not be run")
        }
    }

    private func failed(_ reason: String) -> SecretError { .age(secret: secret, file: path, reason: reason) }
}
