import Contract
import Foundation

/// Three environments of so many variables, a contract that declares them all, and the same values as files that other
/// checkers read (`ValidationPeers.swift`).
struct ValidationProject {
    var variables: Int
    /// Whether every seventh variable is wrong, each in one of seven ways.
    var hasMistakes = false
    static let environments = ["dev", "staging", "production"]

    func write(to folder: URL) throws {
        for name in ["environments", "contracts", "smoke"] {
            try FileManager.default.createDirectory(
                at: folder.appending(path: name), withIntermediateDirectories: true)
        }
        try Data(contract.json()).write(to: folder.appending(path: "contracts/api.json"))
        try Data(Self.smoke.utf8).write(to: folder.appending(path: "smoke/health.yaml"))
        for name in Self.environments {
            try Data(definition(name).utf8).write(to: folder.appending(path: "environments/\(name).yaml"))
            try Data(dotenv(name).utf8).write(to: folder.appending(path: ".env.\(name)"))
        }
        // Alerts name their pages.
        let pages = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "runbooks")
        try FileManager.default.copyItem(at: pages, to: folder.appending(path: "runbooks"))
        try Data(settings.utf8).write(to: folder.appending(path: "settings.py"))
    }

    /// What a variable holds; the kinds take turns.
    enum Kind: Int, CaseIterable {
        case text, number, address, truth, choice, pattern, duration, list, share, secret
    }

    /// What is wrong with a variable; the mistakes take turns.
    enum Mistake: Int, CaseIterable {
        case misspelt, wrongValue, missing, placeholder, unread, twice, ambiguous
    }

    func kind(_ index: Int) -> Kind { Kind.allCases[index % Kind.allCases.count] }

    func mistake(_ index: Int) -> Mistake? {
        guard hasMistakes, index % 7 == 0 else { return nil }
        return Mistake.allCases[index / 7 % Mistake.allCases.count]
    }

    func name(_ index: Int) -> String { "SERVICE_SETTING_\(index)" }

    /// The lines of a file: name and value, mistakes included. What is a secret is known in dev only.
    func lines(_ index: Int, _ environment: String) -> [(name: String, value: String)] {
        let (name, value) = (name(index), value(index, environment))
        return switch mistake(index) {
        case nil: [(name, value)]
        case .misspelt: [("SERVICE_SETTNIG_\(index)", value)]
        case .wrongValue: [(name, wrongValue(index))]
        case .missing: []
        case .placeholder: [(name, "changeme")]
        case .unread: [(name, value), ("LEFT_BEHIND_\(index)", value)]
        case .twice: [(name, value), (name, value)]
        case .ambiguous: [(name, "0755")]
        }
    }

    private func value(_ index: Int, _ environment: String) -> String {
        switch kind(index) {
        case .text: "\(environment)-value-\(index)"
        case .number: "\(index)"
        case .address: "https://host-\(index).tidegate.dev/path"
        case .truth: index % 20 == 3 ? "true" : "false"
        case .choice: ["fast", "careful", "off-peak"][index % 3]
        case .pattern: "region-west-\(index)"
        case .duration: "\(1 + index % 50)s"
        case .list: "alpha-\(index),beta-\(index)"
        case .share: "0.\(1 + index % 8)"
        case .secret: secret(index, environment)
        }
    }

    private func wrongValue(_ index: Int) -> String {
        switch kind(index) {
        case .text, .list: "<your-value>"
        case .number: "2000000"
        case .address: "no address"
        case .truth: "maybe"
        case .choice: "fats"
        case .pattern: "West \(index)"
        case .duration: "2h"
        case .share: "1.5"
        case .secret: "short"
        }
    }

    /// 43 letters and digits that look made by chance, and are the same in every run.
    private func secret(_ index: Int, _ environment: String) -> String {
        let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789")
        var state = UInt64(index * 3 + (Self.environments.firstIndex(of: environment) ?? 0) + 1)
        return String(
            (0..<43).map { _ in
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                return letters[Int(state >> 33) % letters.count]
            })
    }
}

extension ValidationProject {
    private static let smoke = """
        smoke: 1
        name: health
        needs: [api]
        steps:
          - name: it answers
            get: /ready
            expect: { status: 200 }

        """

    private var contract: ArtifactContract {
        ArtifactContract(
            service: "api",
            variables: [VariableDeclaration(name: "PORT", kind: .integer, summary: "port")]
                + (0..<variables).map(declaration),
            portVariable: "PORT", paths: ContractPaths(liveness: "/live", readiness: "/ready"),
            startBudgetSeconds: 10, drainSeconds: 5)
    }

    private func declaration(_ index: Int) -> VariableDeclaration {
        var declared = VariableDeclaration(
            name: name(index), kind: .string, summary: "setting \(index)", required: true,
            formerNames: index % 20 == 0 ? ["OLD_SETTING_\(index)"] : [])
        switch kind(index) {
        case .text: declared.forbidden = ["production": ["unsafe"]]
        case .number: (declared.kind, declared.minimum, declared.maximum) = (.integer, 0, 1_000_000)
        case .address: declared.kind = .url
        case .truth: declared.kind = .boolean
        case .choice: declared.allowed = ["fast", "careful", "off-peak"]
        case .pattern: declared.pattern = "region-[a-z]+-[0-9]+"
        case .duration: (declared.kind, declared.minimum, declared.maximum) = (.duration, 1, 60)
        case .list: declared.kind = .list
        case .share: (declared.kind, declared.minimum, declared.maximum) = (.number, 0, 1)
        case .secret: (declared.secret, declared.format) = (true, .apiKey)
        }
        return declared
    }

    private func definition(_ environment: String) -> String {
        let before = Self.environments.firstIndex(of: environment).map { Self.environments.prefix($0).last } ?? nil
        var text = """
            environment: \(environment)
            \(before.map { "promotes-from: \($0)" } ?? "# The first that a release meets.")
            router: { tls: { certificate: /etc/tidegate/\(environment).pem, names: [api.tidegate.dev] } }
            services:
              api: { replicas: 2, strategy: rolling, port: 8000 }
            strategies:
              rolling:
                - smoke
                - weight: 100%
                - bake: { for: 5m, requests: 100, otherwise: hold }
            smoke: [smoke/health.yaml]
            thresholds:
              health: { failures: { more-than: 3 } }
              error-rate: { above: 5%, for: 5m }
              latency: { above: 2x baseline, for: 5m }
            alerts: { receivers: { operations: { webhook: { url: "https://alerts.tidegate.dev/\(environment)" } } } }
            variables:

            """
        let written = (0..<variables).map { index in (index, lines(index, environment)) }
        for (index, lines) in written where kind(index) != .secret {
            for line in lines { text += "  \(line.name): \(line.value)\n" }
        }
        text += "secrets:\n"
        for (index, lines) in written where kind(index) == .secret {
            for line in lines {
                let source =
                    environment == "dev"
                    ? "from: literal, value: \"\(line.value)\""
                    : "from: environment, name: \(environment.uppercased())_\(line.name)"
                text += "  \(line.name): { \(source) }\n"
            }
        }
        return text
    }
}
