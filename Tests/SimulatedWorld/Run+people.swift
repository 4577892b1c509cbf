import Rollouts
import Storage

/// What people do, as the command line does it: asked again while nobody answers.
extension Run {
    /// Does the deed at that second.
    func schedule(_ deed: Deed, at second: Int64, insists: Bool = false, then: @escaping () -> Void = {}) {
        openDeeds += 1
        timeline.plan(second * Run.second) {
            if deed == .pause { self.openPauses += 1 }
            self.ask(deed, insists: insists, key: self.newID("k")) {
                self.openDeeds -= 1
                if deed == .pause { self.openPauses -= 1 }
                then()
            }
        }
    }

    /// - Parameter insists: whether to ask again while the engine is not there for it.
    private func ask(
        _ deed: Deed, insists: Bool, key: String, at holder: String? = nil, _ done: @escaping () -> Void
    ) {
        // Nobody resumes what they are still asking to have paused.
        let isEarly = deed == .resume && openPauses > 0
        guard !isEarly, let process = live(holder) ?? live() else { return again(deed, insists, key, done) }
        let question = Question()
        Task(executorPreference: process.incarnation) {
            do {
                try await self.act(deed, key, process.engine)
                question.answer = "\(deed): done"
            } catch let error as DatabaseError {
                question.answer = nil
                self.timeline.note("person", "\(deed): \(error)")
                question.failed = true
            } catch {
                question.answer = "\(deed): \(error)"
                question.failed = insists && Self.passes(error)
                if case RolloutError.locked(_, let holder, _, _, _) = error { question.referral = holder }
            }
        }
        look(after: question, deed, insists, key, process, done)
    }

    private func look(
        after question: Question, _ deed: Deed, _ insists: Bool, _ key: String, _ process: Process,
        _ done: @escaping () -> Void
    ) {
        timeline.plan(Run.second / 2) {
            if question.failed { return self.again(deed, insists, key, at: question.referral, done) }
            if let answer = question.answer {
                self.timeline.note("person", answer)
                self.answers.append(answer)
                return done()
            }
            guard process.incarnation.life == .alive else { return self.again(deed, insists, key, done) }
            self.look(after: question, deed, insists, key, process, done)
        }
    }

    /// - Parameter holder: whom to ask, as the answer before said.
    private func again(
        _ deed: Deed, _ insists: Bool, _ key: String, at holder: String? = nil, _ done: @escaping () -> Void
    ) {
        timeline.plan(2 * Run.second) { self.ask(deed, insists: insists, key: key, at: holder, done) }
    }

    /// Whether it may be possible a little later.
    private static func passes(_ error: any Error) -> Bool {
        switch error {
        case RolloutError.locked: true
        case RolloutError.notPossible(let sentence): sentence.hasSuffix("try again")
        default: false
        }
    }

    private func act(_ deed: Deed, _ key: String, _ engine: Engine) async throws {
        let environment = Run.environment
        switch deed {
        case .start(let release):
            // After an automatic rollback the next rollout is asked for its reason.
            let request = RolloutRequest(
                environment: environment, release: release, actor: "somebody", reason: "the scenario asks for it",
                key: key)
            _ = try await engine.start(request, callerSecrets: [:])
        case .rollback:
            _ = try await engine.rollback(
                environment: environment, to: nil, reason: nil, by: "somebody", evidence: nil, key: key)
        default:
            guard let id = try await engine.state(environment: environment).rollout else {
                throw RolloutError.notPossible("no rollout is under way")
            }
            switch deed {
            case .pause: try await engine.pause(id, by: "somebody", reason: nil)
            case .resume: try await engine.resume(id, by: "somebody", reason: nil)
            case .abort: try await engine.abort(id, by: "somebody", reason: nil)
            default: try await engine.approve(id, by: "somebody", reason: nil)
            }
        }
    }
}

// Only the thread that runs the simulation ever touches it.
private final class Question: @unchecked Sendable {
    var answer: String?
    var failed = false
    /// Who has the lease, where somebody else has.
    var referral: String?
}
