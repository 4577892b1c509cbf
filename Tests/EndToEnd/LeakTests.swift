import Foundation
import Synchronization
import TestSupport
import Testing

extension EndToEnd {
    /// A foreign service that blurts out all that it knows, by every provider that a secret can come from.
    @Suite struct `A known secret` {
        @Test func `appears in no output, page, file or argument, in no encoding, also when everything fails`()
            async throws
        {
            let vault = try VaultWithOneSecret(Blurter.secrets["VAULTED"] ?? "")
            try await Stack.with(prepare: { try Blurter.plant($0) }) { stack in
                let shell = Blurter.shell(vault.url)
                // Started by the first command, so that it knows this shell.
                #expect(try await stack.tidegate("stop").exit == 0)
                let witness = ArgumentWitness(Array(Blurter.secrets.values))
                let watching = Task { await witness.watch() }
                var said = try await Blurter.saySomething(stack, shell)
                said += try await Blurter.fail(stack, shell, vault)
                said += try await Blurter.goBack(stack)
                said.append("log\n" + stack.engineLog())
                witness.stop()
                await watching.value
                #expect(witness.looks > 20)
                #expect(witness.found.isEmpty, "in arguments: \(witness.found)")
                let leaks = Leaks(Blurter.secrets)
                for text in said { #expect(leaks.find(in: Array(text.utf8)).isEmpty, "\(text.prefix(400))") }
                #expect(try await eventually(within: .seconds(30)) { try leaks.find(below: stack.state).isEmpty })
                #expect(try leaks.find(below: stack.state).isEmpty)
                // The service did blurt them out: what was masked was there.
                let logs = try await stack.tidegate(["logs", "dev"], environment: shell)
                #expect(logs.output.contains("•••"), "\(logs.output.suffix(2000))")
            }
        }
    }
}

/// Vault's HTTP API, as far as one secret goes.
private final class VaultWithOneSecret: Sendable {
    private let server: ScriptedServer
    var url: String { server.url }

    init(_ value: String) throws {
        let text = String(decoding: try JSONEncoder().encode(["key": value]), as: UTF8.self)
        server = try ScriptedServer { connection in
            while let request = connection.readRequest() {
                let isKnown = request.headers["x-vault-token"] == Blurter.vaultToken
                connection.respond(
                    isKnown ? "200 OK" : "403 Forbidden",
                    body: isKnown
                        ? #"{"data":{"data":\#(text),"metadata":{"version":3}}}"#
                        : #"{"errors":["permission denied: \#(value)"]}"#)
            }
        }
    }
}

private enum Blurter {
    static let vaultToken = "hvs.canary-vault-token-81c2d0"

    /// By variable; each comes from another provider.
    static let secrets = [
        "SHELL": "canary-shell \"quoted\" 'single' \\back/slash+plus%41&amp;<tag>=\u{fc}\u{1F511}",
        "FILED":
            "-----BEGIN CANARY-----\nMIIBcanaryLineOne0123456789abcdef\nMIIBcanaryLineTwo+/9876543210zyxw==\n-----END CANARY-----",
        "COMMANDED": "cK7canaryCommanded0Zq1Xw2Ev3Rb4Tn5Ym6Uk7Il8Oo9Pp",
        "AGED": "cA9canary-aged,with:colons,and,commas-4f5e6d7c8b9a",
        "VAULTED": "postgresql://shop:cV5canary%2Fvaulted%40word@db.internal:5432/shop?sslmode=require",
        "STORED": "cS3canaryStored\tand\ttabs\u{20AC}8d7c6b5a4f3e",
    ]

    /// Says what it knows when it starts, in the forms that programs write; crashes or fails when told to.
    private static let script = #"""
        #!/usr/bin/env python3
        import base64, hashlib, hmac, html, json, os, shlex, sys, textwrap, urllib.parse
        from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
        names = json.loads(os.environ.get('NAMES') or '[]') or ['AGED', 'COMMANDED', 'FILED', 'SHELL', 'STORED', 'VAULTED']
        mine = {name: os.environ.get(name, '') for name in names}
        def blurt():
            print(dict(os.environ))
            print(json.dumps(mine)); print(json.dumps(mine, ensure_ascii=False))
            for name, value in mine.items():
                raw = value.encode()
                print(name, value); print(repr(value)); print(shlex.quote(value)); print(html.escape(value))
                print(urllib.parse.quote(value, safe='')); print(urllib.parse.quote_plus(value)); print(raw.hex())
                for before in (b'', b'x', b'xy'):
                    print(base64.b64encode(before + raw).decode(), base64.urlsafe_b64encode(before + raw).decode())
                print(base64.encodebytes(raw).decode()); print('\n'.join(value[i:i + 20] for i in range(0, len(value), 20)))
            sys.stdout.flush()
        mode = os.environ.get('MODE', 'good')
        blurt()
        if len(sys.argv) > 1 and sys.argv[1] == 'migrate':
            sys.exit('cannot migrate with ' + mine['VAULTED'] if mode == 'unmigrated' else 0)
        if mode == 'crash':
            sys.exit('cannot start with ' + ' '.join(mine.values()))
        text = b''
        for name in sorted(list(mine) + ['MODE']):
            if name in os.environ:
                for part in (name.encode(), os.environ[name].encode()):
                    text += str(len(part)).encode() + b':' + part
        digest = hmac.new(bytes.fromhex(os.environ['TIDEGATE_DIGEST_KEY']), text, hashlib.sha256).hexdigest()
        class Handler(BaseHTTPRequestHandler):
            protocol_version = 'HTTP/1.1'
            def do_GET(self):
                status = 503 if mode == 'unready' and self.path == '/health' else 200
                body = json.dumps({'release': os.environ['TIDEGATE_RELEASE'], 'config_digest': digest,
                                   'why': mine['SHELL'], 'status': 'ok'}).encode()
                self.send_response(status); self.send_header('Content-Length', str(len(body)))
                self.end_headers(); self.wfile.write(body)
            def log_message(self, *arguments): pass
        server = ThreadingHTTPServer(('127.0.0.1', int(os.environ['PORT'])), Handler)
        server.serve_forever()
        """#

    static func plant(_ stack: Stack) throws {
        let folder = stack.folder
        for name in ["environments", "contracts", "smoke", ".tidegate/build"] {
            try FileManager.default.removeItem(atPath: folder.file(name))
        }
        let program = try folder.write("artifact/blurter", script)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: program)
        let variables =
            secrets.keys.sorted().map {
                #"{"name":"\#($0)","kind":"string","summary":"A canary.","required":true,"secret":true}"#
            } + [
                #"{"name":"MODE","kind":"string","summary":"How it behaves.","default":"good"}"#,
                #"{"name":"PORT","kind":"integer","summary":"Where it listens.","required":true}"#,
            ]
        let contract = #"""
            {"contract":1,"service":"blurter","variables":[\#(variables.joined(separator: ","))],"port_variable":"PORT",
            "paths":{"liveness":"/live","readiness":"/health"},"migrations":{"arguments":["migrate"],"tables":[]},
            "start_budget_seconds":5,"drain_seconds":1}
            """#
        try folder.write("contracts/blurter.json", contract)
        try folder.write("artifact/artifact.json", #"{"command":["./blurter"],"contract":\#(contract)}"#)
        try folder.write("environments/dev.yaml", environment(stack.apiPort))
        try folder.write("filed", secrets["FILED"] ?? "")
        try folder.write("commanded", secrets["COMMANDED"] ?? "")
        try folder.write(
            "aged.json", String(decoding: try JSONEncoder().encode(["key": secrets["AGED"]]), as: UTF8.self))
        try folder.write(
            "age.sh", "age-keygen -o identity && age-keygen -y identity > r && age -e -R r -o aged.age aged.json")
    }

    private static func environment(_ port: Int) -> String {
        """
        environment: dev
        platform: local
        services:
          blurter: { port: \(port), strategy: quick, health: { every: 1s, start: 4s } }
        migrations: { service: blurter }
        strategies:
          quick: [{ weight: 100% }, { bake: { for: 1s, requests: 5, otherwise: smoke } }]
        secrets:
          SHELL: { from: environment, name: CANARY_SHELL }
          FILED: { from: file, path: filed }
          COMMANDED: { from: command, run: [cat, commanded] }
          AGED: { from: age, file: aged.age, key: key, identity: identity }
          VAULTED: { from: vault, path: kv/shop, key: key }
          STORED: { from: stored }
        """
    }

    static func shell(_ vault: String) -> [String: String] {
        ["CANARY_SHELL": secrets["SHELL"] ?? "", "VAULT_ADDR": vault, "VAULT_TOKEN": vaultToken]
    }

    /// Everything that can be asked while all goes well.
    static func saySomething(_ stack: Stack, _ shell: [String: String]) async throws -> [String] {
        var said: [String] = []
        func run(_ arguments: [String], _ code: Int32?, input: String = "") async throws {
            let result = try await stack.tidegate(arguments, environment: shell, input: input)
            if let code { #expect(result.exit == code, "\(arguments): \(result.output.suffix(3000))\(result.errors)") }
            said.append("\(arguments.joined(separator: " "))\n\(result.output)\(result.errors)")
        }
        let keys = try await RunningCommand("/bin/sh", ["-e", "age.sh"], directory: stack.project).result()
        try #require(keys.exit == 0, "\(keys.errors)")
        try FileManager.default.removeItem(atPath: stack.folder.file("aged.json"))
        try await run(["release", "create", "v1", "--from", "\(stack.project)/artifact"], 0)
        try await run(["secrets", "check", "dev"], 3)
        try await run(["rollout", "dev", "--release", "v1", "--yes"], 7)
        try await run(["secrets", "set", "dev", "STORED"], 0, input: secrets["STORED"] ?? "")
        for format in ["text", "json", "sarif", "github"] { try await run(["validate", "--format", format], nil) }
        try await run(["plan", "dev", "--release", "v1"], 10)
        try await run(["rollout", "dev", "--release", "v1", "--yes"], 0)
        for command in [
            ["secrets", "list", "dev"], ["secrets", "check", "dev"], ["status", "dev"], ["history", "dev"],
            ["logs", "dev"], ["alerts", "list"], ["release", "list"], ["release", "show", "v1"],
            ["contract", "\(stack.project)/artifact"], ["cost", "report", "dev"], ["doctor"], ["smoke", "dev"],
            ["plan", "dev", "--release", "v1"],
        ] {
            try await run(command, nil)
            try await run(command + ["--json"], nil)
        }
        return said
    }

    /// A crash that prints its environment, a failing migration, instances that never become ready, a dead provider, a
    /// refused value, a killed engine.
    static func fail(
        _ stack: Stack, _ shell: [String: String], _ vault: VaultWithOneSecret
    ) async throws -> [String] {
        var said: [String] = []
        func run(_ arguments: String..., exits codes: Set<Int32>, more: [String: String] = [:], input: String = "")
            async throws
        {
            let result = try await stack.tidegate(
                arguments, environment: shell.merging(more) { $1 }, input: input)
            #expect(
                codes.contains(result.exit),
                "\(arguments): \(result.exit) \(result.output.suffix(3000))\(result.errors)")
            said.append("\(arguments.joined(separator: " "))\n\(result.output)\(result.errors)")
        }
        for (number, mode) in ["crash", "unmigrated", "unready"].enumerated() {
            try await run(
                "release", "create", "bad\(number)", "--from", "\(stack.project)/artifact", "--set", "MODE=\(mode)",
                exits: [0])
            try await run("rollout", "dev", "--release", "bad\(number)", "--yes", "--json", exits: [5, 7])
        }
        try await run("rollout", "dev", "--release", "v1", "--yes", exits: [7], more: ["VAULT_TOKEN": "hvs.wrong"])
        try await run("secrets", "check", "dev", exits: [3], more: ["VAULT_TOKEN": "hvs.wrong"])
        try await run("secrets", "set", "dev", "SHELL", exits: [1, 2, 3, 4, 7], input: "another-canary-0000000")
        try await run(
            "secrets", "rotate", "dev", "STORED", "--stdin", exits: [0], input: (secrets["STORED"] ?? "") + "-next")
        #expect(await stack.killEngine())
        try await run("status", "dev", exits: [0])
        said += try await shown(stack, shell)
        return said
    }

    /// With every provider gone: back to the bundle before, and then to one whose seal is lost.
    static func goBack(_ stack: Stack) async throws -> [String] {
        struct Known: Decodable {
            var bundle: String
            var outcome: String?
        }
        for name in ["filed", "commanded", "aged.age", "identity"] {
            try FileManager.default.removeItem(atPath: stack.folder.file(name))
        }
        let history = try await stack.tidegate("history", "dev", "--json").output
        let newest = try JSONDecoder().decode([Known].self, from: Data(history.utf8))
        let current = try #require(newest.first { $0.outcome == "succeeded" }?.bundle)
        let back = try await stack.tidegate("rollback", "dev", "--reason", "drill")
        #expect(back.exit == 0, "\(back.output)\(back.errors)")
        let seal = String(current.dropFirst("sha256:".count))
        try FileManager.default.removeItem(atPath: "\(stack.state)/sealed/\(seal)")
        let refused = try await stack.tidegate("rollback", "dev", "--to", current)
        #expect(refused.exit == 3, "\(refused.output)\(refused.errors)")
        #expect(refused.output.contains("it needs AGED, COMMANDED, FILED, SHELL, STORED, VAULTED"), "\(refused)")
        return [back, refused].map { $0.output + $0.errors }
    }

    /// Every rollout with its events, and every page.
    private static func shown(_ stack: Stack, _ shell: [String: String]) async throws -> [String] {
        struct Known: Decodable { var id: String }
        var said: [String] = []
        let history = try await stack.tidegate("history", "dev", "--json").output
        let known = try JSONDecoder().decode([Known].self, from: Data(history.utf8)).map(\.id)
        #expect(known.count >= 5)
        for id in known {
            for format in [[], ["--json"]] { said.append(try await stack.tidegate(["show", id] + format).output) }
        }
        let line = stack.engineLog().split(separator: "\n").last { $0.contains("dashboard is at ") }
        let dashboard = try #require(line?.split(separator: " ").last.map(String.init))
        let paths = [
            "", "environments/dev", "environments/dev.json", "releases", "api/v1/environments/dev/secrets",
            "api/v1/environments/dev/status", "api/v1/environments/dev/journal?limit=1000",
            "api/v1/environments/dev/logs", "api/v1/alerts",
        ]
        for path in paths + known.map({ "rollouts/\($0)" }) { said.append(try await page("\(dashboard)\(path)")) }
        said.append(try await stack.tidegate(["logs", "dev", "--lines", "2000"], environment: shell).output)
        return said
    }
}

/// Looks at the arguments of every process on the machine, again and again.
private final class ArgumentWitness: Sendable {
    private struct Seen {
        var looks = 0
        var found: Set<String> = []
        var isOver = false
    }

    private let needles: [Data]
    private let state = Mutex(Seen())

    init(_ secrets: [String]) { needles = secrets.map { Data($0.utf8) } }

    var looks: Int { state.withLock { $0.looks } }
    var found: Set<String> { state.withLock { $0.found } }
    func stop() { state.withLock { $0.isOver = true } }

    func watch() async {
        while !state.withLock({ $0.isOver }) {
            let pids = (try? FileManager.default.contentsOfDirectory(atPath: "/proc"))?.filter { Int($0) != nil } ?? []
            for pid in pids {
                guard let words = FileManager.default.contents(atPath: "/proc/\(pid)/cmdline") else { continue }
                if needles.contains(where: { words.range(of: $0) != nil }) {
                    let program = String(decoding: words.prefix { $0 != 0 }, as: UTF8.self)
                    state.withLock { _ = $0.found.insert(program) }
                }
            }
            state.withLock { $0.looks += 1 }
            do { try await ContinuousClock().sleep(for: .milliseconds(20)) } catch { return }
        }
    }
}

/// Finds secrets in bytes, in the forms that programs write, made here by other means than the product's.
private struct Leaks {
    private var forms: [(String, Data)] = []

    init(_ secrets: [String: String]) {
        for (name, value) in secrets {
            var parts = [value] + value.split(separator: "\n").map(String.init).filter { !$0.hasPrefix("-----") }
            if name == "VAULTED" { parts += ["cV5canary%2Fvaulted%40word", "cV5canary/vaulted@word"] }
            for part in parts { add(name, part) }
        }
        for text in [Blurter.vaultToken] { add("VAULT_TOKEN", text) }
    }

    private mutating func add(_ name: String, _ value: String) {
        let data = Data(value.utf8)
        let unreserved = CharacterSet(charactersIn: "-._~").union(.init(charactersIn: "a"..."z"))
            .union(.init(charactersIn: "A"..."Z")).union(.init(charactersIn: "0"..."9"))
        var texts = [
            value, data.map { String(format: "%02x", $0) }.joined(),
            value.addingPercentEncoding(withAllowedCharacters: unreserved) ?? value,
            String(String(reflecting: value).dropFirst().dropLast()),
            String(
                String(decoding: (try? JSONEncoder().encode([value])) ?? Data(), as: UTF8.self).dropFirst(2).dropLast(2)
            ),
        ]
        for shift in 0..<3 {
            // The middle of it, which depends on nothing that stands around.
            let text = (Data(repeating: 65, count: shift) + data).base64EncodedString()
            let core = String(text.dropFirst(4).dropLast(4).prefix(40))
            texts += [core, core.replacing("+", with: "-").replacing("/", with: "_")]
        }
        for text in Set(texts) where text.utf8.count >= 12 { forms.append((name, Data(text.utf8))) }
    }

    /// The names of what was found, also where line ends were put in between.
    func find(in bytes: [UInt8]) -> Set<String> {
        let data = Data(bytes)
        let bare = Data(bytes.filter { $0 != 10 && $0 != 13 })
        return Set(
            forms.filter { _, form in
                data.range(of: form) != nil || bare.range(of: Data(form.filter { $0 != 10 && $0 != 13 })) != nil
            }.map(\.0))
    }

    /// Files that hold any, the sealed ones and all.
    func find(below path: String) throws -> [String] {
        guard let files = FileManager.default.enumerator(atPath: path) else { return ["\(path) cannot be read"] }
        var found: [String] = []
        for case let name as String in files {
            guard let data = FileManager.default.contents(atPath: "\(path)/\(name)") else { continue }
            for secret in find(in: Array(data)) { found.append("\(name): \(secret)") }
        }
        return found
    }
}
