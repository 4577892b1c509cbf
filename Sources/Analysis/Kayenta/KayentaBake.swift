/// A bake's points, minute by minute, for Kayenta's judge: errors, response times and further series of both bundles.
package struct KayentaBake: Codable, Sendable, Equatable {
    /// How the points are judged at the end.
    package struct Terms: Codable, Sendable, Equatable {
        /// A score of 100 from here up passes.
        package var pass: Double
        /// From here up it is marginal; below, it fails.
        package var marginal: Double
        /// Series of which one alone takes the score to 0 when it does not pass.
        package var critical: Set<String>
        /// Series that count against the release when one bundle has no points; others then do not count.
        package var required: Set<String>

        package init(
            pass: Double = 95, marginal: Double = 75, critical: Set<String> = [], required: Set<String> = []
        ) {
            self.pass = pass
            self.marginal = marginal
            self.critical = critical
            self.required = required
        }
    }

    /// One series' points so far; NaN for a minute without one.
    struct Series: Codable, Sendable, Equatable {
        var direction: KayentaRules.Direction
        @ExactSeries var candidate: [Double] = []
        @ExactSeries var reference: [Double] = []
    }

    /// What a further series is at one look.
    struct Level: Codable, Sendable, Equatable {
        var direction: KayentaRules.Direction
        var candidate: Double?
        var reference: Double?
    }

    package static let signal = "kayenta"
    /// The series that every service has.
    package static let ownSeries = ["error_rate", "latency"]
    static let minute: Int64 = 60_000_000
    /// Longer bakes keep their last day.
    static let mostPoints = 1_440

    let quantile: Double
    private(set) var series: [String: Series] = [:]
    private(set) var minutes = 0
    private var candidate = TrailingWindow.Arm()
    private var reference = TrailingWindow.Arm()
    private var further: [String: Level]
    /// How many minutes there were when it was judged last.
    private var judgedAt = 0

    /// - Parameter further: the further series, so that one that never has a number counts as one without data.
    init(quantile: Double, further: [String: Level] = [:]) {
        self.quantile = quantile
        self.further = further.filter { !Self.ownSeries.contains($0.key) }
    }

    /// Begins anew, for another step.
    mutating func begin() {
        let names = further.merging(series.mapValues { Level(direction: $0.direction) }) { level, _ in level }
        self = KayentaBake(quantile: quantile, further: names.mapValues { Level(direction: $0.direction) })
    }

    /// Takes what came since the look before.
    /// - Parameter began: the look at which the step began; what came before it was another step's.
    mutating func observe(
        at: Int64, since began: Int64, _ new: TrailingWindow.Arm, _ old: TrailingWindow.Arm?, further: [String: Level]
    ) {
        guard at > began else { return }
        candidate = candidate + new
        if let old { reference = reference + old }
        for (name, now) in further where !Self.ownSeries.contains(name) {
            let before = self.further[name]
            self.further[name] = Level(
                direction: now.direction, candidate: now.candidate ?? before?.candidate,
                reference: now.reference ?? before?.reference)
        }
        if at - began >= Int64(minutes + 1) * Self.minute { close() }
    }

    private mutating func close() {
        add("error_rate", .increase, candidate.errorRate, reference.errorRate)
        add("latency", .increase, candidate.latency.quantile(quantile), reference.latency.quantile(quantile))
        for (name, level) in further { add(name, level.direction, level.candidate, level.reference) }
        minutes += 1
        (candidate, reference) = (.init(), .init())
        further = further.mapValues { Level(direction: $0.direction) }
    }

    private mutating func add(_ name: String, _ direction: KayentaRules.Direction, _ new: Double?, _ old: Double?) {
        var points = series[name] ?? Series(direction: direction)
        points.candidate = (points.candidate + [new ?? .nan]).suffix(Self.mostPoints)
        points.reference = (points.reference + [old ?? .nan]).suffix(Self.mostPoints)
        series[name] = points
    }

    /// What the judge says of the minutes so far; nil until another minute is over: it has no guard against looking often.
    mutating func verdict(_ terms: Terms, service: String) -> Verdict? {
        guard minutes > judgedAt else { return nil }
        judgedAt = minutes
        return trial(terms).bakeVerdict(service: service, minutes: minutes)
    }

    /// As Kayenta is asked: each series is a group of its own.
    private func trial(_ terms: Terms) -> KayentaTrial {
        let metrics = series.sorted { $0.key < $1.key }.map { name, points in
            KayentaMetric(
                name: name, groups: [name],
                rules: KayentaRules(
                    direction: points.direction, isCritical: terms.critical.contains(name),
                    mustHaveData: terms.required.contains(name)),
                experiment: points.candidate, control: points.reference)
        }
        return KayentaTrial(
            judge: KayentaJudge(pass: terms.pass, marginal: terms.marginal), metrics: metrics, seed: UInt64(minutes))
    }
}

extension KayentaTrial {
    /// The judge's verdict in our words, with what it saw of each series that did not pass.
    func bakeVerdict(service: String, minutes: Int) -> Verdict {
        func verdict(_ judgement: Judgement, _ why: String, _ score: Double? = nil) -> Verdict {
            Verdict(
                signal: KayentaBake.signal, service: service, verdict: judgement, value: score, limit: judge.pass,
                samples: minutes, why: "\(service): \(why)")
        }
        do throws(KayentaError) {
            let said = try self.verdict()
            let scores = "\(brief(judge.pass)) passes, below \(brief(judge.marginal)) fails"
            return verdict(
                said.judgement,
                "Kayenta's judge gives \(brief(said.score)) of 100 for \(minutes) minutes: \(said.seen); \(scores)",
                said.score)
        } catch {
            return verdict(.telemetryBroken, "Kayenta's judge cannot judge: \(error)")
        }
    }
}

extension KayentaVerdict {
    /// Each series with its label, and with both bundles' means where it did not pass; what decided last.
    fileprivate var seen: String {
        let labels = results.map { result in
            let label = "\(result.name) \(result.classification.label.rawValue)"
            return switch result.classification.label {
            case .pass, .nodata, .nodataFailMetric, .error: label
            case .high, .low:
                "\(label) (\(brief(result.experiment.mean)) against \(brief(result.control.mean)) in the mean)"
            }
        }
        let decided =
            switch decision {
            case .groups: ""
            case .criticalMetric(let name): "; \(name) is critical"
            case .missingData(let count, let all): "; \(count) of \(all) series have no data"
            }
        return labels.joined(separator: ", ") + decided
    }
}
