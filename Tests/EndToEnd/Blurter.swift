import Foundation
import TestSupport
import Testing

/// A foreign service that blurts out all that it knows, by every provider that a secret can come from.
enum Blurter {
    static let vaultToken = "hvs.canary-vault-token-81c2d0"

    /// By variable; each comes from another provider.
    static let secrets = [
        "SHELL": "canary-shell \"quoted\" 'single' \\back/slash+plus%41&amp;>tag<=\u{fc}\u{1F511}",
        "FILED":
            "-----BEGIN CANARY-----\nMIIBcanaryLineOne0123456789abcdef\nMIIBcanaryLineTwo+/9876543210zyxw==\n-----END CANARY-----",
        "COMMANDED": "cK7canaryCommanded0Zq1Xw2Ev3Rb4Tn5Ym6Uk7Il8Oo9Pp",
        "AGED": "cA9canary-aged,with:colons,and,commas-4f5e6d7c8b9a",
        "VAULTED": "postgresql://shop:cV5canary%2Fvaulted%40word@db.internal:5432/shop?sslmode=require",
        "STORED": "cS3canaryStored and $pecials %\u{20AC}8d7c6b5a4f3e",
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
        if len(sys.argv) > 1 and sys.argv[1] == 'check':
            sys.exit('cannot start here with ' + ' '.join(mine.values()) if mode == 'unchecked' else 0)
        if len(sys.argv) > 1 and sys.argv[1] == 'migrate':
            sys.exit('cannot migrate with ' + mine['VAULTED'] if mode == 'unmigrated' else 0)
        if mode == 'crash':
            sys.exit('cannot start with ' + ' '.join(mine.values()))
        text = b''
        for name in sorted(list(mine) + ['MODE', 'PROVIDER']):
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

    static func plant(_ stack: Stack, provider: String) throws {
        let folder = stack.folder
        for name in ["environments", "contracts", "smoke", ".tidegate/build"] {
            try FileManager.default.removeItem(atPath: folder.file(name))
        }
        let program = try folder.write("artifacts/blurter/blurter", script)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: program)
        let variables =
            secrets.keys.sorted().map {
                #"{"name":"\#($0)","kind":"string","summary":"A canary.","required":true,"secret":true}"#
            } + [
                #"{"name":"MODE","kind":"string","summary":"How it behaves.","default":"good"}"#,
                #"{"name":"PROVIDER","kind":"url","summary":"Who is asked.","required":true}"#,
                #"{"name":"PORT","kind":"integer","summary":"Where it listens.","required":true}"#,
            ]
        let contract = #"""
            {"contract":1,"service":"blurter","variables":[\#(variables.joined(separator: ","))],"port_variable":"PORT",
            "paths":{"liveness":"/live","readiness":"/health"},"migrations":{"arguments":["migrate"],"tables":[]},
            "databases":[{"variable":"VAULTED"}],"check_arguments":["check"],
            "providers":[{"name":"oracle","address_variable":"PROVIDER","key_variable":"COMMANDED","probe_path":"/v1"}],
            "start_budget_seconds":5,"drain_seconds":1}
            """#
        try folder.write("contracts/blurter.json", contract)
        try folder.write("artifacts/blurter/artifact.json", #"{"command":["./blurter"],"contract":\#(contract)}"#)
        try folder.write("environments/dev.yaml", environment(stack.apiPort, provider))
        try folder.write("filed", secrets["FILED"] ?? "")
        try folder.write("commanded", secrets["COMMANDED"] ?? "")
        try folder.write(
            "aged.json", String(decoding: try JSONEncoder().encode(["key": secrets["AGED"]]), as: UTF8.self))
        try folder.write(
            "age.sh", "age-keygen -o identity && age-keygen -y identity > r && age -e -R r -o aged.age aged.json")
    }

    private static func environment(_ port: Int, _ provider: String) -> String {
        """
        environment: dev
        platform: local
        services:
          blurter: { port: \(port), strategy: quick, health: { every: 1s, start: 4s } }
        migrations: { service: blurter }
        strategies:
          quick: [{ weight: 100% }, { bake: { for: 1s, requests: 5, otherwise: smoke } }]
        variables: { PROVIDER: "\(provider)" }
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
}

/// Vault's HTTP API, as far as one secret goes, and a provider that refuses every key and says which.
final class VaultWithOneSecret: Sendable {
    private let server: ScriptedServer
    var url: String { server.url }

    init(_ value: String) throws {
        let text = String(decoding: try JSONEncoder().encode(["key": value]), as: UTF8.self)
        server = try ScriptedServer { connection in
            while let request = connection.readRequest() {
                let isKnown = request.headers["x-vault-token"] == Blurter.vaultToken
                let key = request.headers["authorization"] ?? ""
                connection.respond(
                    isKnown ? "200 OK" : "403 Forbidden",
                    body: isKnown
                        ? #"{"data":{"data":\#(text),"metadata":{"version":3}}}"#
                        : #"{"errors":["permission denied: \#(value) \#(key)"]}"#)
            }
        }
    }
}
