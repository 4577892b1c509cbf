import Definitions
import Foundation
import Secrets
import TestSupport
import Testing

/// Runs a program in a folder to its end.
private func sh(_ script: String, in folder: TemporaryFolder) async throws {
    let result = try await RunningCommand("/bin/sh", ["-ec", script], directory: folder.path).result()
    try #require(result.exit == 0, "\(result.errors)")
}

@Suite(.timeLimit(.minutes(2))) struct `Secrets in age files` {
    /// With an identity and a file of each form.
    private func place() async throws -> Workplace {
        let place = try Workplace()
        try place.folder.write("a.yaml", "# shared\njwt_secret: one-two\nnumber: 010\nlong: |\n  first\n  second\n")
        try place.folder.write("b.json", #"{"jwt_secret": "a\"b\nc", "other": "x"}"#)
        try place.folder.write("c.env", "# remark\nexport JWT='it''s'\nB=\"x\\ny\" \nC=plain # remark\n")
        try await sh(
            """
            age-keygen -o identity 2>/dev/null
            for f in a.yaml b.json c.env; do
              age-keygen -y identity > $f.age.recipients
              age -e -R $f.age.recipients -o $f.age $f
            done
            age -e -a -R a.yaml.age.recipients -o whole.age c.env; cp a.yaml.age.recipients whole.age.recipients
            """, in: place.folder)
        return place
    }

    private func source(_ file: String, _ key: String?) -> SecretDefinition.Source {
        .age(file: file, key: key, identity: "identity")
    }

    @Test func `are read by key from YAML, JSON and lines, as they stand`() async throws {
        let place = try await place()
        #expect(try await place.value(source("a.yaml.age", "jwt_secret")) == "one-two")
        #expect(try await place.value(source("a.yaml.age", "number")) == "010")
        #expect(try await place.value(source("a.yaml.age", "long")) == "first\nsecond\n")
        #expect(try await place.value(source("b.json.age", "jwt_secret")) == "a\"b\nc")
        #expect(try await place.value(source("c.env.age", "JWT")) == "it''s")
        #expect(try await place.value(source("c.env.age", "B")) == "x\ny")
        #expect(try await place.value(source("c.env.age", "C")) == "plain")
        #expect(try await place.value(source("whole.age", nil))?.hasPrefix("# remark\n") == true)
    }

    @Test func `are opened with the key or the file that the variable gives`() async throws {
        let place = try await place()
        let identity = try String(contentsOfFile: place.folder.file("identity"), encoding: .utf8)
        let source = SecretDefinition.Source.age(file: "a.yaml.age", key: "jwt_secret", identity: nil)
        for given in [identity, place.folder.file("identity")] {
            #expect(try await place.value(source, given: ["TIDEGATE_AGE_IDENTITY": given]) == "one-two")
        }
    }

    @Test func `say what keeps them closed`() async throws {
        let place = try await place()
        try await sh("age-keygen -o stranger 2>/dev/null; echo nonsense > broken.age", in: place.folder)
        let failures = await place.failures(
            source("none.age", "x"), .age(file: "a.yaml.age", key: "x", identity: "nobody"),
            .age(file: "a.yaml.age", key: "x", identity: "stranger"), source("broken.age", "x"),
            source("a.yaml.age", "nothing"), .age(file: "a.yaml.age", key: "x", identity: nil))
        try #require(failures.count == 6)
        #expect(failures[0].contains("there is no such file"))
        #expect(failures[1].contains("identity") && failures[1].contains("nobody is not there"))
        #expect(failures[2].contains("age did not decrypt it"))
        #expect(failures[3].contains("age did not decrypt it"))
        #expect(failures[4].contains("it has no key nothing"))
        #expect(failures[5].contains("TIDEGATE_AGE_IDENTITY"))
    }

    @Test(arguments: ["a.yaml.age", "b.json.age", "c.env.age"])
    func `are changed one by one, the rest stays`(file: String) async throws {
        let place = try await place()
        let (kept, before) =
            file.hasPrefix("a") ? ("number", "010") : file.hasPrefix("b") ? ("other", "x") : ("C", "plain")
        let changed = file.hasPrefix("a") ? "long" : "B"
        for value in ["new \"one\"\nwith two lines\\ # and more", "again"] {
            let secret = Workplace.secret("S", source(file, changed))
            try await SecretWriter(place.resolver).write(Secret(value), to: secret, environment: "dev", given: [:])
            #expect(try await place.value(source(file, changed)) == value)
            #expect(try await place.value(source(file, kept)) == before)
        }
        if file.hasPrefix("a") {
            try await sh("age -d -i identity a.yaml.age | grep -q '^# shared'", in: place.folder)
        }
    }

    @Test func `stay as they are when nobody says who may read them`() async throws {
        let place = try await place()
        try FileManager.default.removeItem(atPath: place.folder.file("a.yaml.age.recipients"))
        let error = await #expect(throws: SecretError.self) {
            try await SecretWriter(place.resolver).write(
                Secret("x"), to: Workplace.secret("S", source("a.yaml.age", "long")), environment: "dev", given: [:])
        }
        #expect("\(try #require(error))".contains("a.yaml.age.recipients"))
        #expect(try await place.value(source("a.yaml.age", "jwt_secret")) == "one-two")
    }
}

@Suite struct `Writing secrets` {
    @Test func `changes files and stored values, whose number grows`() async throws {
        let place = try Workplace()
        let writer = SecretWriter(place.resolver)
        for source in [SecretDefinition.Source.stored, .generated(bytes: 16), .file(path: "f")] {
            for value in ["first\nline", "second"] {
                try await writer.write(
                    Secret(value), to: Workplace.secret("S", source), environment: "dev", given: [:])
                #expect(try await place.value(source) == value)
            }
        }
        let outcome = await place.resolver.outcomes([Workplace.secret("S", .stored)], environment: "dev", given: [:])
        #expect(try outcome[0].get().version == "4")
        let mode = try FileManager.default.attributesOfItem(atPath: place.folder.file("f"))[.posixPermissions]
        #expect(mode as? Int == 0o600)
    }

    @Test(arguments: [
        (SecretDefinition.Source.environment(name: "SHELL_KEY"), "change SHELL_KEY where it is set"),
        (.command(["pass", "show"]), "change it in what pass asks"), (.literal("x"), "environments/dev.yaml:3"),
        (.vault(path: "kv/a", key: "k", version: 4), "names version 4"),
    ])
    func `refuses what others keep, and says where to change it`(source: SecretDefinition.Source, words: String) throws
    {
        let writer = SecretWriter(try Workplace().resolver)
        let error = #expect(throws: SecretError.self) { try writer.check(Workplace.secret("S", source)) }
        #expect("\(try #require(error))".contains(words))
    }
}
