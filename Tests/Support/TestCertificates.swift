import Foundation

/// Certificates that `openssl` makes for a test, in a folder of their own.
package final class TestCertificates: Sendable {
    package enum KeyKind: String, Sendable { case ec, rsa }

    package struct Failed: Error { package let errors: String }

    package let folder: TemporaryFolder

    package init() throws { folder = try TemporaryFolder() }

    package func path(_ name: String) -> String { folder.file(name) }
    package func text(_ name: String) throws -> String { try String(contentsOfFile: path(name), encoding: .utf8) }

    /// Makes `NAME.key`, `NAME.crt` and `NAME.pem`, which holds the certificate, those that signed it, and its key.
    /// - Parameters:
    ///   - days: how long it holds from now; negative for one that has ended.
    ///   - signer: the name of an authority made before; nil signs itself.
    /// - Returns: the path of `NAME.pem`, readable by its owner alone.
    @discardableResult
    package func make(
        _ name: String, names: [String], days: Int = 90, key: KeyKind = .ec, signer: String? = nil,
        isAuthority: Bool = false
    ) async throws -> String {
        let algorithm = key == .ec ? ["ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"] : ["rsa:2048"]
        try await openssl(
            ["req", "-new", "-newkey"] + algorithm + [
                "-nodes", "-keyout", path("\(name).key"), "-out", path("\(name).csr"), "-subj", "/CN=\(name)",
            ])
        try folder.write("\(name).ext", extensions(names, isAuthority))
        let signing =
            signer.map { ["-CA", path("\($0).crt"), "-CAkey", path("\($0).key"), "-CAcreateserial"] }
            ?? ["-signkey", path("\(name).key")]
        try await openssl(
            ["x509", "-req", "-in", path("\(name).csr"), "-days", "\(days)", "-out", path("\(name).crt")]
                + ["-extfile", path("\(name).ext")] + signing)
        let chain = try signer.map { signer in
            try text("\(signer).pem").components(separatedBy: "-----BEGIN PRIVATE")[0]
        }
        try folder.write("\(name).pem", "\(try text("\(name).crt"))\(chain ?? "")\(try text("\(name).key"))")
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path("\(name).pem"))
        return path("\(name).pem")
    }

    /// What `openssl x509` prints of a certificate with this option, such as `-serial`.
    package func shown(_ name: String, _ option: String) async throws -> String {
        try await openssl(["x509", "-in", path(name), "-noout", option]).trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// The serial number, as `serial=…`, that a server on this port of 127.0.0.1 shows to who asks for the name.
    package func served(port: Int, name: String) async throws -> String {
        let script =
            #"openssl s_client -connect "127.0.0.1:$1" -servername "$2" </dev/null | openssl x509 -noout -serial"#
        let result = try await RunningCommand(
            "/bin/sh", ["-c", script, "sh", "\(port)", name], directory: folder.path
        ).result()
        return result.output.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    @discardableResult
    package func openssl(_ arguments: [String]) async throws -> String {
        let result = try await RunningCommand("/usr/bin/openssl", arguments, directory: folder.path).result()
        guard result.exit == 0 else { throw Failed(errors: result.errors) }
        return result.output
    }

    private func extensions(_ names: [String], _ isAuthority: Bool) -> String {
        guard !names.isEmpty else { return "basicConstraints=CA:\(isAuthority)\n" }
        let list = names.map { name in
            (name.allSatisfy { $0.isNumber || $0 == "." } || name.contains(":") ? "IP:" : "DNS:") + name
        }
        return "basicConstraints=CA:\(isAuthority)\nsubjectAltName=\(list.joined(separator: ","))\n"
    }
}
