import Contract

extension ControlClient {
    /// Asks for a preflight and follows it to its end.
    package func preflight(
        _ environment: String, _ body: PreflightBody, tell: (PreflightLine) -> Void
    ) async throws -> PreflightDocument {
        let stream = try await lines("/api/v1/environments/\(pathSegment(environment))/preflight", posting: body)
        for try await bytes in stream {
            let line = try JSON.decode(PreflightLine.self, from: bytes)
            tell(line)
            if case .finished(let document) = line { return document }
        }
        throw Refusal(
            "lost", "The engine closed the stream before the preflight was done; nothing was changed, so ask again.",
            exit: .unreachable)
    }

    /// The contracts of a release, by service.
    package func contracts(ofRelease version: String) async throws -> [String: ArtifactContract] {
        let document = try await get(
            "/api/v1/releases/\(pathSegment(version))/contracts", as: ReleaseContractsDocument.self)
        do {
            return try document.contracts.mapValues { try ArtifactContract.decode(Array($0.utf8)) }
        } catch {
            throw Refusal(
                "strange_answer", "A contract of release \(version) cannot be read: \(error)", exit: .unreachable)
        }
    }
}
