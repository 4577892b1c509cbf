/// Turns a merged tree into a typed environment. Wrong values are reported and take their defaults, so that one mistake
/// does not hide the next.
struct EnvironmentDecoder {
    let name: String
    let project: String

    func environment(_ reader: YAMLReader) -> Environment? {
        reader.mapping { root in
            let declared = root.required("environment") { reader in
                reader.name().map { Placed(name: $0, value: $0, place: reader.place) }
            }
            checkName(declared, reader.collector)
            _ = root.has("extends")
            let kind = root.optional("kind") { $0.choice(EnvironmentKind.self) } ?? impliedKind(root, reader)
            let (thresholds, metrics) = root.optional("thresholds", thresholds) ?? (Thresholds(), [])
            var environment = Environment(
                name: name, kind: kind,
                platform: root.optional("platform") { $0.choice(PlatformKind.self) } ?? .local,
                promotesFrom: root.optional("promotes-from") { $0.name() },
                soak: root.optional("soak") { $0.duration() } ?? .zero,
                router: root.optional("router", router) ?? RouterDefinition(),
                services: root.optional("services", services) ?? [],
                migrations: root.optional("migrations", migrations),
                variables: root.optional("variables", variables) ?? [],
                secrets: root.optional(Reference.secrets, secrets) ?? [],
                thresholds: thresholds,
                strategies: root.optional("strategies") { StrategyDecoder().strategies($0) } ?? [:],
                ledger: root.optional("ledger", ledger),
                budgets: root.optional("budgets") { budgets($0) { $0.money() } } ?? [],
                smoke: root.optional("smoke") { $0.list(smokePath) } ?? [],
                alerts: root.optional("alerts", alerts) ?? AlertDefinition(receivers: []),
                drift: root.optional("drift", drift) ?? DriftDefinition(),
                rollbackWindow: root.optional("rollback-window") { $0.duration() } ?? .seconds(600))
            environment.requestLimits =
                root.optional("request-limits") { reader in
                    budgets(reader, period: .hour) { $0.integer(in: 0...1_000_000_000).map(Int64.init) }
                } ?? []
            environment.objectives = root.optional("objectives", objectives) ?? []
            environment.gates = root.optional("gates", gates) ?? GateDefinition()
            environment.freezes = root.optional("freezes", freezes) ?? []
            environment.retention = root.optional("retention", retention) ?? RetentionDefinition()
            environment.watchAfter = root.optional("watch-after") { $0.duration() } ?? Environment.defaultWatchAfter
            environment.hooks = root.optional("hooks") { CommandDecoder().hooks($0) } ?? []
            root.optional("prometheus", MetricDecoder().prometheus).map {
                (environment.prometheus, environment.prometheusAccess) = ($0.url, $0.access)
            }
            environment.metrics = metrics
            environment.exceptions = root.optional("rules", rules) ?? []
            return environment
        }
    }

    private func checkName(_ declared: Placed<String>?, _ collector: FindingCollector) {
        guard let declared, declared.value != name else { return }
        collector.report(
            "environment.name", at: declared.place, name: declared.value,
            "`environment: \(declared.value)` stands in the file of `\(name)`.",
            fix: "Write `environment: \(name)`, or rename the file.")
    }

    private func impliedKind(_ root: YAMLMappingReader, _ reader: YAMLReader) -> EnvironmentKind {
        switch name {
        case "dev", "development": return .development
        case "staging": return .staging
        case "production": return .production
        default:
            guard !root.has("kind") else { return .production }
            reader.collector.report(
                "key.missing", at: root.place, name: "kind", "`\(name)` does not say what kind of environment it is.",
                fix: "Add `kind: development`, `staging` or `production`.")
            // The strictest rules are the ones to assume.
            return .production
        }
    }

    private func services(_ reader: YAMLReader) -> [ServiceDefinition]? {
        reader.entries()?.compactMap { entry in
            entry.value.mapping { service in
                ServiceDefinition(
                    name: entry.key, replicas: service.optional("replicas") { $0.integer(in: 1...100) } ?? 1,
                    strategy: service.optional("strategy") { $0.name() } ?? "rolling",
                    port: service.optional("port") { $0.integer(in: 1...65535) },
                    after: service.optional("after") { $0.list { $0.name() } } ?? [],
                    surge: service.optional("surge") { $0.integer(in: 0...100) },
                    unavailable: service.optional("unavailable") { $0.integer(in: 0...99) } ?? 0,
                    instanceHour: service.optional("instance-hour", instanceHour),
                    health: service.optional("health", health) ?? HealthDefinition(),
                    variables: service.optional("variables", variables) ?? [],
                    secrets: service.optional(Reference.secrets, secrets) ?? [], place: entry.place)
            }
        }
    }

    /// FOCUS' ListUnitPrice, where the PricingUnit is an instance hour.
    private func instanceHour(_ reader: YAMLReader) -> Int64? {
        let dearest: Int64 = 1_000 * 1_000_000_000
        return reader.money().flatMap { $0 <= dearest ? $0 : reader.wrong("at most 1000 USD", example: "0.0832 USD") }
    }

    private func health(_ reader: YAMLReader) -> HealthDefinition? {
        reader.mapping { health in
            var result = HealthDefinition()
            if let every = health.optional("every", { positive($0) }) { result.every = every }
            if let timeout = health.optional("timeout", { positive($0) }) { result.timeout = timeout }
            result.start = health.optional("start") { positive($0) }
            return result
        }
    }

    func positive(_ reader: YAMLReader) -> Duration? {
        guard let duration = reader.duration() else { return nil }
        return duration > .zero ? duration : reader.wrong("longer than nothing", example: "1s")
    }

    private func migrations(_ reader: YAMLReader) -> MigrationDefinition? {
        reader.mapping { migrations in
            let accepted = migrations.optional("accept") { reader in
                reader.entries(example: "004-drop-pages: no release reads it any more")?.reduce(into: [:]) {
                    $0[$1.key] = $1.value.string()
                }
            }
            return migrations.required("service") { $0.name() }.map {
                MigrationDefinition(service: $0, accepted: accepted ?? [:])
            }
        } ?? nil
    }

    private func variables(_ reader: YAMLReader) -> [Placed<VariableValue>]? {
        reader.entries()?.compactMap { entry in
            guard let text = entry.value.variableText(),
                let full = interpolated(text, at: entry.value.place, entry.key, reader.collector)
            else { return nil }
            return Placed(name: entry.key, value: VariableValue(text: full), place: entry.place)
        }
    }

    private func secrets(_ reader: YAMLReader) -> [Placed<SecretDefinition>]? {
        reader.concealed().entries()?.compactMap { entry in
            let decoder = SecretDecoder {
                interpolated($0, at: $1, entry.key, reader.collector, isSecret: true)
            }
            return decoder.definition(entry.value, name: entry.key).map {
                Placed(name: entry.key, value: $0, place: entry.place)
            }
        }
    }

    private func thresholds(_ reader: YAMLReader) -> (Thresholds, [Placed<MetricThreshold>])? {
        reader.mapping { root in
            var result = Thresholds()
            root.optional("health") {
                $0.mapping { health in
                    health.optional("failures") {
                        $0.mapping { failures in
                            failures.optional("more-than") { $0.integer(in: 0...1000) }.map {
                                result.healthFailures = $0
                            }
                        }
                    }
                }
            }
            root.optional("error-rate") {
                $0.mapping { rate in
                    rate.optional("above") { $0.percentage() }.map { result.errorRate = $0 }
                    rate.optional("for") { positive($0) }.map { result.errorRateFor = $0 }
                }
            }
            root.optional("latency") {
                $0.mapping { latency in
                    latency.optional("quantile") { $0.quantile() }.map { result.latencyQuantile = $0 }
                    latency.optional("above") { $0.factor() }.map { result.latencyFactor = $0 }
                    latency.optional("for") { positive($0) }.map { result.latencyFor = $0 }
                    latency.optional("at-least") { $0.duration() }.map { result.latencyAtLeast = $0 }
                }
            }
            root.optional("minimum-requests") { $0.integer(in: 1...1_000_000_000) }.map { result.minimumRequests = $0 }
            root.optional("evidence", EvidenceDecoder().evidence).map { result.evidence = $0 }
            return (result, root.optional("metrics", MetricDecoder().metrics) ?? [])
        }
    }

    private func ledger(_ reader: YAMLReader) -> LedgerDefinition? {
        reader.mapping { $0.required("database") { $0.string() }.map { LedgerDefinition(databaseVariable: $0) } } ?? nil
    }

    private func smokePath(_ reader: YAMLReader) -> Placed<String>? {
        reader.relativePath().map { Placed(name: $0, value: $0, place: reader.place) }
    }

    private func interpolated(
        _ text: String, at place: Place, _ name: String, _ collector: FindingCollector, isSecret: Bool = false
    ) -> String? {
        switch Interpolation.expand(text, values: ["project": project, "environment": self.name]) {
        case .success(let full): return full
        case .failure(let error):
            collector.report(
                "value.interpolation", at: place, name: name,
                "`\(name)` uses \(isSecret ? "`${…}` for what stands for nothing" : error.what).",
                fix: "Write `${project}` or `${environment}`, or `$${` for a plain `${`.")
            return nil
        }
    }
}
