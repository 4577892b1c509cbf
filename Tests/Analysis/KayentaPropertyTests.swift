import Analysis
import Foundation
import Testing

/// What holds of any arms. Every case is made from its seed.
@Suite struct `Any two arms` {
    static let seeds: Range<UInt64> = 0..<400

    struct Arms {
        var experiment: [Double]
        var control: [Double]
    }

    /// Arms of 3 to 40 whole numbers around 100, some with many ties, some far apart.
    private func arms(_ generator: inout SeededGenerator) -> Arms {
        let spread = GaussianNoise(mean: 100, standardDeviation: [1.5, 10, 30].randomElement(using: &generator)!)
        let shift = [0, 0, 2, 10, -10, 50, -40].randomElement(using: &generator)! as Double
        func arm(_ shift: Double) -> [Double] {
            (0..<Int.random(in: 3...40, using: &generator)).map { _ in
                (spread.sample(using: &generator) + shift).rounded()
            }
        }
        return Arms(experiment: arm(shift), control: arm(0))
    }

    private func classified(_ arms: Arms, _ rules: KayentaRules) throws -> KayentaClassification {
        var generator = SeededGenerator(seed: 1)
        let metric = KayentaMetric(name: "m", rules: rules, experiment: arms.experiment, control: arms.control)
        return try KayentaClassifier().classify(metric, using: &generator)
    }

    @Test(arguments: [
        (
            KayentaEffect(allowedIncrease: 1.25, allowedDecrease: 0.9),
            KayentaEffect(allowedIncrease: 1 / 0.9, allowedDecrease: 0.8)
        ),
        (
            KayentaEffect(measure: .cles, allowedIncrease: 0.75, allowedDecrease: 0.4),
            KayentaEffect(measure: .cles, allowedIncrease: 0.6, allowedDecrease: 0.25)
        ),
    ])
    func `swapped, are low where they were high`(effect: KayentaEffect, mirrored: KayentaEffect) throws {
        let mirror: [KayentaLabel: KayentaLabel] = [.high: .low, .low: .high, .pass: .pass]
        var seen: [KayentaLabel: Int] = [:]
        var borderline = 0
        for seed in Self.seeds {
            var generator = SeededGenerator(seed: seed)
            let arms = arms(&generator)
            let swapped = Arms(experiment: arms.control, control: arms.experiment)
            let one = try classified(arms, KayentaRules(effect: effect))
            let other = try classified(swapped, KayentaRules(effect: mirrored))
            seen[one.label, default: 0] += 1
            if let evidence = one.evidence {
                // The search stops within 1e-4 of a root, from either side.
                let margin = min(
                    abs(evidence.shift.low - evidence.bound), abs(evidence.shift.high + evidence.bound))
                if margin < 1e-3 {
                    borderline += 1
                    continue
                }
            }
            #expect(other.label == mirror[one.label], "seed \(seed): \(one.why); swapped: \(other.why)")
        }
        #expect(borderline < 20)
        for label in [KayentaLabel.high, .low, .pass] { #expect(seen[label, default: 0] > 20) }
    }

    @Test(arguments: [1000.0, -500, 7]) func `keep their label with cles when moved together`(by constant: Double)
        throws
    {
        let rules = KayentaRules(effect: KayentaEffect(measure: .cles, allowedIncrease: 0.6, allowedDecrease: 0.4))
        for seed in Self.seeds {
            var generator = SeededGenerator(seed: seed)
            let arms = arms(&generator)
            let moved = Arms(
                experiment: arms.experiment.map { $0 + constant }, control: arms.control.map { $0 + constant })
            let before = try classified(arms, rules)
            let after = try classified(moved, rules)
            #expect(before.label == after.label, "seed \(seed): \(before.why); moved: \(after.why)")
        }
    }

    @Test func `pass when they are the same, in any order, whatever is in them`() throws {
        for seed in Self.seeds {
            var generator = SeededGenerator(seed: seed)
            let values = strange(upTo: 12, &generator) + [1]
            let shuffled = Arms(experiment: values.shuffled(using: &generator), control: values)
            for rules in [KayentaRules(), KayentaRules(nanStrategy: .replace, isCritical: true)] {
                let result = try classified(shuffled, rules)
                #expect(result.label == .pass && !result.isCritical, "seed \(seed): \(result.why)")
            }
        }
    }

    /// What queries return at their worst.
    private func strange(upTo count: Int, _ generator: inout SeededGenerator) -> [Double] {
        let pool: [Double] = [
            .nan, -.nan, .infinity, -.infinity, 0, -0.0, 1, 1, 2, 3, -1, 1e-300, 1e300, .leastNonzeroMagnitude,
            .greatestFiniteMagnitude, -.greatestFiniteMagnitude,
        ]
        let few = (0..<Int.random(in: 1...pool.count, using: &generator)).map { _ in
            pool.randomElement(using: &generator)!
        }
        return (0..<Int.random(in: 0...count, using: &generator)).map { _ in few.randomElement(using: &generator)! }
    }

    private func strangeRules(_ generator: inout SeededGenerator) -> KayentaRules {
        let thresholds: [Double?] = [nil, nil, nil, nil, nil, 0, 2, .nan, .infinity]
        func threshold() -> Double? { thresholds.randomElement(using: &generator)! }
        let factors: [Double] = [3, 3, 3, 1.5, 1e308, 0, -1, .nan]
        let factor = factors.randomElement(using: &generator)!
        return KayentaRules(
            direction: [.increase, .decrease, .either].randomElement(using: &generator)!,
            nanStrategy: Bool.random(using: &generator) ? .remove : .replace,
            outliers: Bool.random(using: &generator) ? .keep : .remove(factor: factor),
            isCritical: Int.random(in: 0..<5, using: &generator) == 0,
            mustHaveData: Bool.random(using: &generator),
            isMuted: Int.random(in: 0..<5, using: &generator) == 0,
            effect: KayentaEffect(
                measure: Bool.random(using: &generator) ? .meanRatio : .cles, allowedIncrease: threshold(),
                criticalDecrease: threshold()))
    }

    private func strangeMetric(_ name: String, _ generator: inout SeededGenerator) -> KayentaMetric {
        let isOrdinary = Int.random(in: 0..<4, using: &generator) == 0
        let ordinary = arms(&generator)
        return KayentaMetric(
            name: name, groups: ["a", "b"].filter { _ in Bool.random(using: &generator) },
            rules: strangeRules(&generator),
            experiment: isOrdinary ? ordinary.experiment : strange(upTo: 9, &generator),
            control: isOrdinary ? ordinary.control : strange(upTo: 9, &generator))
    }

    @Test func `get a label or a typed error, and the same again from what was stored`() throws {
        var labels: [KayentaLabel: Int] = [:]
        var refused = 0
        for seed in 0..<2_000 as Range<UInt64> {
            var generator = SeededGenerator(seed: seed)
            let metrics = (0..<Int.random(in: 0...4, using: &generator)).map { strangeMetric("m\($0)", &generator) }
            let trial = KayentaTrial(
                judge: KayentaJudge(groupWeights: ["a": 30.1]), metrics: metrics, seed: generator.next())
            do throws(KayentaError) {
                let verdict = try trial.verdict()
                #expect(verdict.results.map(\.name) == metrics.map(\.name))
                #expect((0...100).contains(verdict.score), "seed \(seed)")
                for (result, metric) in zip(verdict.results, metrics) {
                    labels[result.classification.label, default: 0] += 1
                    #expect(result.classification.label != .high || metric.rules.direction != .decrease)
                    #expect(result.classification.label != .low || metric.rules.direction != .increase)
                }
                recompute(trial, verdict, seed)
            } catch {
                refused += 1
                let isOfRules =
                    switch error {
                    case .outlierFactor, .effectThreshold: true
                    default: false
                    }
                #expect(isOfRules, "seed \(seed): \(error)")
            }
        }
        #expect(refused > 100)
        for label in [KayentaLabel.pass, .high, .low, .nodata, .nodataFailMetric, .error] {
            #expect(labels[label, default: 0] > 20, "\(label)")
        }
    }

    private func recompute(_ trial: KayentaTrial, _ verdict: KayentaVerdict, _ seed: UInt64) {
        #expect(throws: Never.self, "seed \(seed)") {
            let stored = try JSONDecoder().decode(KayentaTrial.self, from: JSONEncoder().encode(trial))
            let storedVerdict = try JSONDecoder().decode(KayentaVerdict.self, from: JSONEncoder().encode(verdict))
            #expect(stored == trial)
            #expect(storedVerdict == verdict)
            #expect(try stored.verdict() == verdict)
        }
    }
}
