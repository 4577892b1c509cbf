import Foundation
import HTTPClient
import Rollouts
import Subprocess
import Synchronization
import TestSupport
import Testing

@testable import Operations

@Suite(.timeLimit(.minutes(1)))
struct SmokeRunTests {
    @Test func `steps save what later steps use, wait until it is so, and clean up`() async throws {
        let target = try SmokeTarget { request, before in
            switch request.line.split(separator: " ")[0] {
            case "POST": .init(status: 201, body: #"{"id":17,"kind":"smoke"}"#, headers: ["Location: /jobs/17"])
            case "DELETE": .init(status: 204, body: "")
            default: .init(body: #"{"state":"\#(before < 2 ? "working" : "done")"}"#)
            }
        }
        let suite = await SmokeHarness.run(
            """
              - name: a job is made
                post: /jobs
                headers: { x-pin-release: "${release}" }
                json: { kind: smoke, run: "${run}", n: 3, tags: [a, true] }
                expect: { status: 2xx, time: "<10s", header: { location: "~^/jobs/" }, json: { $.kind: smoke } }
                save: { id: $.id, place: header location }
              - get: /jobs/${id}
                until: { json: { $.state: done } }
                every: 10ms
              - delete: ${API_URL}${place}
                always: true
            """, against: target)
        #expect(suite.passed, "\(suite.steps)")
        #expect(suite.steps.map(\.name) == ["a job is made", "GET /jobs/${id}", "DELETE ${API_URL}${place}"])
        #expect(suite.steps.map(\.attempts) == [1, 3, 1])
        #expect(suite.steps[0].timings != nil)
        #expect(target.lines == ["POST /jobs"] + Array(repeating: "GET /jobs/17", count: 3) + ["DELETE /jobs/17"])
        let sent = try #require(target.requests.first)
        #expect(sent.headers["x-pin-release"] == "v2")
        #expect(sent.headers["content-type"] == "application/json")
        let run = try #require(sent.headers["x-tidegate-smoke"])
        #expect(run.count == 12)
        #expect(
            String(decoding: sent.body, as: UTF8.self) == #"{"kind":"smoke","n":3,"run":"\#(run)","tags":["a",true]}"#)
    }

    @Test func `a made PDF is real, is sent as announced, and is gone afterwards`() async throws {
        let folder = try TemporaryFolder()
        let target = try SmokeTarget { _, _ in .init() }
        let text = """
            smoke: 1
            needs: [api]
            steps:
              - make: { pdf: "Harbour (${run}) \\\\ opens at dawn", as: pdf }
              - post: /upload
                json: { bytes: "${pdf.bytes}", sha256: "${pdf.sha256}" }
              - put: /file
                file: pdf
            """
        let report = await SmokeHarness.runner(folder: folder).run(
            SmokeHarness.request([text], addresses: ["api": target.server.url]))
        #expect(report.passed, "\(report)")
        let announced = try #require(JSON(parsing: target.requests[0].body))
        let pdf = target.requests[1].body
        #expect(JSONPath("$.bytes")?.values(in: announced) == [.number(Double(pdf.count))])
        let path = folder.file("sent.pdf")
        try Data(pdf).write(to: URL(fileURLWithPath: path))
        let run = try #require(target.requests[1].headers["x-tidegate-smoke"])
        let read = try await Subprocess.run(
            .name("pdftotext"), arguments: [path, "-"], output: .string(limit: 10_000), error: .string(limit: 10_000))
        #expect(read.standardOutput.contains("Harbour (\(run)) \\ opens at dawn"))
        #expect(read.standardError == "")
        let sum = try await Subprocess.run(.name("sha256sum"), arguments: [path], output: .string(limit: 1_000))
        #expect(JSONPath("$.sha256")?.values(in: announced) == [.string(String(sum.standardOutput.prefix(64)))])
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["sent.pdf"])
    }

    @Test func `a failure says the step, what was expected and what was seen, and ends the suite`() async throws {
        let target = try SmokeTarget { _, _ in .init(body: #"{"release":"v1"}"#) }
        let suite = await SmokeHarness.run(
            """
              - name: it is the new release
                get: /health
                expect: { json: { $.release: "${release}" } }
              - get: /never
            """, against: target)
        #expect(!suite.passed)
        #expect(suite.steps.count == 1)
        #expect(
            suite.steps[0].failure == "smoke/s0.yaml:5: it is the new release: $.release should be \"v2\", was \"v1\"; "
                + "the answer was 200 {\"release\":\"v1\"}")
    }

    @Test func `a refusal is not tried again, and is no success without a word about the status`() async throws {
        let target = try SmokeTarget { _, _ in .init(status: 403, body: "no") }
        let suite = await SmokeHarness.run("  - get: /a", against: target)
        #expect(suite.steps.map(\.attempts) == [1])
        #expect(suite.steps[0].failure?.contains("the answer was 403 no") == true)
        let polled = await SmokeHarness.run("  - get: /b\n    until: { json: { $.state: done } }", against: target)
        #expect(polled.steps.map(\.attempts) == [1])
        #expect(!polled.passed)
    }

    @Test func `an unavailable service is asked again, but never what must not happen twice`() async throws {
        let target = try SmokeTarget { _, before in before < 2 ? .init(status: 503, body: "starting") : .init() }
        let head = "defaults: { retry: { for: 5s, every: 10ms } }"
        let clock = WaitingClock()
        let get = await SmokeHarness.run(
            "  - get: /a\n    expect: { status: 200 }", against: target, head: head, clock: clock)
        #expect(get.passed)
        #expect(get.steps[0].attempts == 3)
        let post = await SmokeHarness.run(
            "  - post: /b\n    expect: { status: 200 }", against: target, head: head, clock: clock)
        #expect(!post.passed)
        #expect(post.steps[0].attempts == 1)
        let keyed = await SmokeHarness.run(
            "  - post: /c\n    headers: { idempotency-key: \"${run}\" }\n    expect: { status: 200 }", against: target,
            head: head, clock: clock)
        #expect(keyed.passed)
    }

    @Test func `a service that nobody reaches is tried until the time is up`() async throws {
        let address = "http://127.0.0.1:\(try freePort())"
        let text = "smoke: 1\nneeds: [api]\ndefaults: { retry: { for: 300ms, every: 20ms } }\nsteps: [{ post: /a }]"
        let report = await SmokeHarness.runner(clock: WaitingClock()).run(
            SmokeHarness.request([text], addresses: ["api": address]))
        let step = report.suites[0].steps[0]
        #expect(step.attempts >= 2)
        #expect(step.failure?.contains("check that it runs and listens there") == true)
        #expect(step.failure?.contains("attempts in") == true)
    }

    @Test func `waiting ends with what was last seen, and at once when it cannot come any more`() async throws {
        let target = try SmokeTarget { request, _ in
            .init(body: request.line.contains("dead") ? #"{"state":"deadletter"}"# : #"{"state":"working"}"#)
        }
        let late = await SmokeHarness.run(
            "  - get: /jobs/1\n    until: { json: { $.state: done } }\n    within: 300ms\n    every: 10ms",
            against: target, clock: WaitingClock())
        #expect(late.steps[0].attempts >= 2)
        #expect(
            late.steps[0].failure?.contains(
                "waiting until $.state should be \"done\", was \"working\"; the answer was 200")
                == true)
        let dead = await SmokeHarness.run(
            "  - get: /dead\n    until: { json: { $.state: done } }\n    unless: { json: { $.state: deadletter } }",
            against: target)
        #expect(dead.steps.map(\.attempts) == [1])
        #expect(dead.steps[0].failure?.contains("it will not come any more") == true)
    }

    @Test func `too many requests while waiting means later`() async throws {
        let target = try SmokeTarget { _, before in
            before == 0
                ? .init(status: 429, headers: ["Retry-After: 1"]) : .init(body: #"{"state":"done"}"#)
        }
        let suite = await SmokeHarness.run(
            "  - get: /jobs/1\n    until: { json: { $.state: done } }\n    every: 10ms", against: target)
        #expect(suite.passed)
        #expect(suite.steps[0].milliseconds >= 1_000)
    }

    @Test func `cleaning up happens after a failure, unless there is nothing to clean up`() async throws {
        let target = try SmokeTarget { request, _ in
            .init(status: request.line.hasPrefix("GET") ? 500 : 200, body: #"{"id":"d1"}"#)
        }
        let made = await SmokeHarness.run(
            "  - post: /d\n    save: { id: $.id }\n  - get: /d\n  - get: /never\n  - delete: /d/${id}\n    always: true",
            against: target)
        #expect(!made.passed)
        #expect(made.steps.map(\.passed) == [true, false, true])
        #expect(target.lines == ["POST /d", "GET /d", "DELETE /d/d1"])
        let none = await SmokeHarness.run(
            "  - get: /d\n  - post: /d\n    save: { id: $.id }\n  - delete: /d/${id}\n    always: true", against: target
        )
        #expect(none.steps.map(\.attempts) == [1, 0])
        #expect(target.lines.suffix(1) == ["GET /d"])
    }

    @Test func `a cancelled run still cleans up`() async throws {
        let target = try SmokeTarget { request, _ in
            request.line.hasPrefix("GET") ? .init(body: #"{"state":"working"}"#) : .init(body: #"{"id":"d1"}"#)
        }
        let run = Task {
            await SmokeHarness.run(
                "  - post: /d\n    save: { id: $.id }\n  - get: /d\n    until: { json: { $.state: done } }\n"
                    + "    every: 10ms\n  - delete: /d/${id}\n    always: true", against: target)
        }
        #expect(await eventually { target.lines.contains("GET /d") })
        run.cancel()
        let suite = await run.value
        #expect(!suite.passed)
        #expect(target.lines.last == "DELETE /d/d1")
    }

    @Test func `the suite's time limit ends it`() async throws {
        let target = try SmokeTarget { _, _ in .init(body: #"{"state":"working"}"#) }
        let suite = await SmokeHarness.run(
            "  - get: /d\n    until: { json: { $.state: done } }\n    every: 10ms\n    within: 24h\n  - get: /never",
            against: target, head: "within: 200ms")
        // The step alone would go on for a day, which this suite's own limit would not let pass.
        #expect(!suite.passed)
        #expect(suite.steps.count == 1)
        #expect(Set(target.lines) == ["GET /d"])
    }

    @Test func `neither secrets, nor tokens, nor passwords are in the report`() async throws {
        let target = try SmokeTarget { request, before in
            request.line.contains("login")
                ? .init(body: #"{"access_token":"tok-canary","note":"tok-canary pass-canary"}"#)
                : .init(
                    status: 401,
                    body:
                        #"{"got":"\#(request.headers["authorization"] ?? "") secret-canary","refresh_token":"new-canary"}"#
                )
        }
        let suite = await SmokeHarness.run(
            """
              - post: /login
                headers: { x-key: "${secret:KEY}" }
                json: { password: pass-canary }
                save: { token: $.access_token }
              - get: /me
                headers: { authorization: "Bearer ${token}" }
            """, against: target, secrets: ["KEY": "secret-canary"])
        #expect(target.requests[0].headers["x-key"] == "secret-canary")
        #expect(target.requests[1].headers["authorization"] == "Bearer tok-canary")
        let failure = try #require(suite.steps[1].failure)
        #expect(!failure.contains("canary"), "\(failure)")
        #expect(failure.contains("•••"))
    }

    @Test func `services are addressed by name, and each runs its own suite`() async throws {
        let api = try SmokeTarget { _, _ in .init(body: #"{"release":"v2","config_digest":"c0ffee","name":"api"}"#) }
        let worker = try SmokeTarget { _, _ in
            .init(body: #"{"release":"v1","config_digest":"c0ffee","name":"worker"}"#)
        }
        let each = """
            smoke: 1
            name: health
            each: [api, worker]
            steps:
              - get: /health
                expect: { json: { $.name: "${service}", $.config_digest: "${config_digest}", $.release: "${release}" } }
            """
        let other = "smoke: 1\nname: other\nneeds: [api, worker]\nsteps: [{ get: /x, service: worker }]"
        let addresses = ["api": api.server.url, "worker": worker.server.url]
        let report = await SmokeHarness.runner().run(SmokeHarness.request([each, other], addresses: addresses))
        #expect(report.suites.map(\.suite) == ["health/api", "health/worker", "other"])
        #expect(report.suites.map(\.passed) == [true, false, true])
        #expect(!report.passed)
        #expect(worker.lines == ["GET /health", "GET /x"])

        let alone = await SmokeHarness.runner().run(
            SmokeHarness.request([each, other], addresses: ["api": api.server.url]))
        #expect(alone.suites.map(\.suite) == ["health/api"])
        let homeless = await SmokeHarness.runner().run(
            SmokeHarness.request([each], addresses: [:], services: ["worker"]))
        #expect(homeless.suites[0].steps[0].failure?.contains("the service worker has no address here") == true)
    }

    @Test func `a suite that cannot be read has failed, and says where`() async {
        let report = await SmokeHarness.runner().run(
            SmokeHarness.request(
                ["smoke: 1\nneeds: [api]\nsteps:\n  - gett: /a"], addresses: ["api": "http://127.0.0.1:1"]))
        #expect(!report.passed)
        #expect(report.suites[0].steps[0].failure?.contains("smoke/s0.yaml:4: `gett` is not a key") == true)
    }

    @Test func `nothing run is nothing passed`() async {
        let report = await SmokeHarness.runner().run(SmokeHarness.request([], addresses: [:]))
        #expect(!report.passed)
    }
}
