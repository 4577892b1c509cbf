import Foundation
import Storage
import Synchronization
import TestSupport
import Testing

/// A real browser, on a page of an origin that is listed and on the same page of one that is not.
@Suite(.timeLimit(.minutes(3)), .serialized) struct `In Chromium` {
    /// Does what a front end does, and writes down what it was allowed to see of it.
    private static let page = """
        <!doctype html><title>front end</title><pre id="seen">unfinished</pre><script>
        const api = new URLSearchParams(location.search).get("api");
        const seen = [];
        async function ask(name, method, path, body, token) {
            const headers = {"X-Correlation-ID": "browser-1"};
            if (token) headers["Authorization"] = "Bearer " + token;
            if (body instanceof Object && !(body instanceof Uint8Array)) {
                headers["Content-Type"] = "application/json";
                body = JSON.stringify(body);
            }
            if (body instanceof Uint8Array) headers["Content-Type"] = "application/pdf";
            try {
                const reply = await fetch(path.startsWith("http") ? path : api + path, {method, headers, body});
                const text = await reply.text();
                seen.push(name + " " + reply.status + " " + reply.headers.get("X-Correlation-ID"));
                return text ? JSON.parse(text) : {};
            } catch (error) { seen.push(name + " blocked"); return {}; }
        }
        async function run() {
            try {
                const plain = await fetch(api + "/api/v2/upload/limits");
                seen.push("plain " + plain.status + " " + (await plain.json()).max_pages);
            } catch (error) { seen.push("plain blocked"); }
            const user = {email: "ann-" + location.hostname + "@example.com", password: "correct horse"};
            const session = await ask("register", "POST", "/api/v2/auth/register", user);
            const token = session.access_token || "none";
            const bytes = new TextEncoder().encode("abc");
            const upload = await ask("announce", "POST", "/api/v2/upload", {
                filename: "a.pdf", bytes_len: 3, mime: "application/pdf",
                sha256: "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"}, token);
            await ask("send", "PUT", upload.signed_url || api + "/api/v2/uploads/x", bytes);
            await ask("list", "GET", "/api/v2/jobs", undefined, token);
            await ask("refused", "GET", "/api/v2/jobs", undefined, "garbage");
            await ask("delete", "DELETE", "/api/v2/documents/" + upload.document_id, undefined, token);
            document.getElementById("seen").textContent = seen.join("\\n");
        }
        run();
        </script>
        """

    @Test func `a page of a listed origin registers, uploads, lists and deletes, and reads refusals`() async throws {
        let seen = try await visit("127.0.0.1") { api in
            let users = try await api.database.read { try $0.query("SELECT email FROM users", []).count }
            #expect(users == 1)
        }
        #expect(
            seen == [
                "plain 200 500", "register 201 browser-1", "announce 200 browser-1", "send 204 browser-1",
                "list 200 browser-1", "refused 401 browser-1", "delete 204 browser-1",
            ])
    }

    @Test func `a page of another origin sees nothing, and what needs a preflight never arrives`() async throws {
        let seen = try await visit("localhost") { api in
            let users = try await api.database.read { try $0.query("SELECT email FROM users", []).count }
            #expect(users == 0, "the browser did not send it")
        }
        #expect(
            seen == ["plain", "register", "announce", "send", "list", "refused", "delete"].map { "\($0) blocked" })
    }

    /// Opens the page under a name of this machine; 127.0.0.1 is the listed one.
    private func visit(
        _ host: String, _ check: @Sendable @escaping (RunningAPI) async throws -> Void
    ) async throws -> [String] {
        let site = try ScriptedServer { connection in
            while connection.readRequest() != nil {
                connection.respond("200 OK", headers: ["Content-Type: text/html; charset=utf-8"], body: Self.page)
            }
        }
        let seen = Mutex<[String]>([])
        let origin = ["UPLOAD_PIPELINE_CORS_ORIGINS": "http://127.0.0.1:\(site.port)"]
        try await RunningAPI.with(origin) { api in
            let lines = try await lines("http://\(host):\(site.port)/?api=\(api.base)")
            seen.withLock { $0 = lines }
            try await check(api)
        }
        return seen.withLock { $0 }
    }

    private func lines(_ address: String) async throws -> [String] {
        let folder = try TemporaryFolder()
        // Nothing but this machine has an address for it.
        let result = try await RunningCommand(
            "/usr/bin/chromium",
            [
                "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
                "--disable-background-networking", "--disable-component-update", "--disable-sync",
                "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
                "--user-data-dir=\(folder.file("profile"))", "--virtual-time-budget=60000", "--timeout=60000",
                "--dump-dom", address,
            ], directory: folder.path, environment: ["HOME": folder.path]
        ).result()
        let text = result.output.firstMatch(of: #/<pre id="seen">([^<]*)</pre>/#)?.output.1
        return try #require(text, "\(result.errors)").split(separator: "\n").map(String.init)
    }
}
