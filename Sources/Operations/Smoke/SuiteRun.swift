import Definitions
import HTTPClient
import Rollouts

/// One run of one suite: its steps in order, then the cleaning up.
struct SuiteRun: Sendable {
    let suite: SmokeSuite
    let service: String?
    let addresses: [String: String]
    let doors: [RouterDoor]
    let run: String
    let http: any HTTPSending
    var values: SmokeValues
    let files: SmokeFiles

    private let clock: any EngineClock

    init(
        suite: SmokeSuite, service: String?, addresses: [String: String], doors: [RouterDoor] = [], run: String,
        http: any HTTPSending, values: SmokeValues, files: SmokeFiles, clock: any EngineClock
    ) {
        self.suite = suite
        self.service = service
        self.addresses = addresses
        self.doors = doors
        self.run = run
        self.http = http
        self.values = values
        self.files = files
        self.clock = clock
    }

    /// Runs the steps until one fails, and every step that is marked `always`.
    mutating func steps() async -> [SmokeReport.Step] {
        let deadline = clock.uptime + suite.within
        var done: [SmokeReport.Step] = []
        var failed = false
        for step in suite.steps {
            if step.always {
                done.append(await cleanUp(step, failed))
            } else if !failed {
                done.append(await perform(step, deadline: deadline))
            }
            failed = failed || done.last?.passed == false
        }
        return done
    }

    /// Cleans up even when the run was cancelled: what it left behind would stay.
    private mutating func cleanUp(_ step: SmokeStep, _ failed: Bool) async -> SmokeReport.Step {
        if failed, !step.references.allSatisfy(values.has) {
            // What would be removed was never made.
            return SmokeReport.Step(name: step.name, passed: true, attempts: 0, milliseconds: 0)
        }
        var copy = self
        let deadline = clock.uptime + .seconds(60)
        return await Task { await copy.perform(step, deadline: deadline) }.value
    }

    private mutating func perform(_ step: SmokeStep, deadline: Duration) async -> SmokeReport.Step {
        let began = clock.uptime
        var attempts = StepAttempts(step: step, deadline: deadline)
        var failure: SmokeFailure?
        do throws(SmokeFailure) {
            switch step.action {
            case .makePDF(let text, let name): try make(text, name)
            case .request(let request): try await ask(request, step, &attempts)
            }
        } catch {
            failure = error
        }
        let took = clock.uptime - began
        return SmokeReport.Step(
            name: values.mask(step.name), passed: failure == nil, attempts: max(1, attempts.count),
            milliseconds: (took.seconds * 10_000).rounded() / 10, timings: attempts.timings,
            failure: failure.map { failure in
                values.mask(
                    "\(step.place.file):\(step.place.line): \(step.name): \(failure.text)\(attempts.summary(took))")
            })
    }

    private mutating func make(_ text: Template, _ name: String) throws(SmokeFailure) {
        let bytes = TinyPDF.bytes(text: try text.text(&values))
        let digest = try files.write(bytes, as: name)
        values.save(.string(files.path(name)), as: "\(name).path")
        values.save(.number(Double(bytes.count)), as: "\(name).bytes")
        values.save(.string(digest), as: "\(name).sha256")
    }

    /// Sends the request until it is answered as wanted, or must not be sent again.
    private mutating func ask(
        _ request: SmokeHTTP, _ step: SmokeStep, _ attempts: inout StepAttempts
    ) async throws(SmokeFailure) {
        while true {
            let message = try message(request, step, attempts.timeLeft(clock.uptime))
            let answer: Result<HTTPResponse, HTTPError>
            do throws(HTTPError) { answer = .success(try await http.send(message)) } catch { answer = .failure(error) }
            attempts.ended(answer.timings, clock.uptime)
            switch try judge(answer, step, request) {
            case .done(let response):
                return try save(step, response)
            case .again(let failure, let wait, let atLeast):
                guard let pause = attempts.pause(wait, clock.uptime, atLeast: atLeast), !Task.isCancelled else {
                    throw failure
                }
                do { try await clock.sleep(for: pause) } catch {
                    throw .outOfTime("cancelled; before that, \(failure.text)")
                }
            }
        }
    }

    private mutating func message(_ request: SmokeHTTP, _ step: SmokeStep, _ left: Duration) throws(SmokeFailure)
        -> HTTPRequest
    {
        guard left > .zero else { throw .outOfTime("the suite's time is up (\(suite.within))") }
        var headers: [(name: String, value: String)] = [(SmokeRunner.header, run)]
        for header in request.headers {
            let value = try header.value.text(&values)
            if SmokeValues.isSensitive(header.name) { values.hide(String(value.split(separator: " ").last ?? "")) }
            headers.append((header.name, value))
        }
        var body = HTTPRequest.Body.none
        switch request.body {
        case .none: break
        case .file(let name): body = .file(path: files.path(name))
        case .json(let template):
            do { body = .bytes(try template.value(&values).encoded()) } catch let error as SmokeFailure {
                throw error
            } catch {
                throw .cannotMake("the body cannot be written as JSON: \(error)")
            }
            if !headers.contains(where: { $0.name.lowercased() == "content-type" }) {
                headers.append(("content-type", "application/json"))
            }
        }
        let limit = min(step.timeout, left)
        let url = try url(request)
        // Whatever leads through the router, addresses in its answers among it.
        let door = doors.first { $0.leads(to: url) }
        return HTTPRequest(
            request.method, url, headers: headers, body: body, timeout: limit, connectTimeout: limit,
            maximumBodyBytes: 8 << 20, certificateAuthorities: door?.authorities, connectTo: door?.host)
    }

    private mutating func url(_ request: SmokeHTTP) throws(SmokeFailure) -> String {
        let target = try request.target.text(&values)
        if target.hasPrefix("http://") || target.hasPrefix("https://") { return target }
        let name = request.service ?? service ?? ""
        guard let address = addresses[name] else { throw .noAddress(service: name) }
        let base = address.hasSuffix("/") ? String(address.dropLast()) : address
        return base + (target.hasPrefix("/") ? target : "/\(target)")
    }

    private mutating func save(_ step: SmokeStep, _ response: HTTPResponse) throws(SmokeFailure) {
        for (name, source) in step.save {
            let found: JSON?
            let place: String
            switch source {
            case .json(let path):
                (found, place) = (JSON(parsing: response.body).flatMap { path.values(in: $0).first }, path.text)
            case .header(let header): (found, place) = (response.header(header).map { .string($0) }, "header \(header)")
            }
            guard let found else {
                throw .nothingToSave(path: place, name: name, answer: values.shown(response.body))
            }
            values.save(found, as: name)
        }
    }
}

extension Result<HTTPResponse, HTTPError> {
    fileprivate var timings: SmokeReport.Timings? {
        guard case .success(let response) = self else { return nil }
        let timings = response.timings
        return SmokeReport.Timings(
            dns: timings.dns, connect: timings.connect, tls: timings.tls, firstByte: timings.firstByte,
            total: timings.total)
    }
}
