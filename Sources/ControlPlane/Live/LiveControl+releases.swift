import Rollouts

extension LiveControl {
    package func releases() async throws -> [ReleaseDocument] {
        try await Explanations.explaining { try await parts.releases.list().map(ReleaseDocument.init) }
    }

    package func release(_ version: String) async throws -> ReleaseDocument {
        try await Explanations.explaining {
            var document = ReleaseDocument(try await parts.releases.release(version))
            let blocks = try await parts.gates.blocks(version)
            document.blocks = blocks.isEmpty ? nil : blocks.map { BlockDocument($0) }
            return document
        }
    }

    package func create(_ body: ReleaseBody, by caller: Caller) async throws -> ReleaseDocument {
        try parts.checkRoom()
        return try await Explanations.explaining {
            let request = ReleaseRequest(
                version: body.version, from: body.from, folders: body.services, settings: body.defaults,
                actor: caller.name, origin: body.origin)
            return ReleaseDocument(try await parts.releases.create(request).release)
        }
    }

    package func unblock(_ version: String, _ body: ReasonBody, by caller: Caller) async throws -> ReleaseDocument {
        guard let reason = body.reason, !reason.isEmpty else {
            throw Refusal("reason_missing", "Say why it may go out again: --reason TEXT", exit: .usage)
        }
        return try await Explanations.explaining {
            try await parts.releases.unblock(version, by: caller.name, reason: reason)
            return ReleaseDocument(try await parts.releases.release(version))
        }
    }
}

extension ReleaseDocument {
    init(_ release: Release) {
        self.init(
            version: release.version, digest: release.digest.text,
            artifacts: release.artifacts.map {
                Part(service: $0.service, digest: $0.digest.text, command: $0.command)
            },
            createdAt: release.createdAt.rfc3339, createdBy: release.createdBy, origin: release.origin,
            blocked: release.blocked)
    }
}
