/// Reads how the sequential tests are to be read.
struct EvidenceDecoder {
    func evidence(_ reader: YAMLReader) -> EvidenceDefinition? {
        reader.mapping { root in
            var result = EvidenceDefinition()
            root.optional("false-alarms", falseAlarms).map { result.falseAlarms = $0 }
            root.optional("tolerate") {
                $0.mapping { tolerate in
                    tolerate.optional("errors") { $0.percentage() }.map { result.toleratedErrors = $0 }
                    tolerate.optional("latency") { $0.percentage() }.map { result.toleratedLatency = $0 }
                    tolerate.optional("cost") { $0.percentage() }.map { result.toleratedCost = $0 }
                }
            }
            root.optional("warm-up") { $0.duration() }.map { result.warmUp = $0 }
            root.optional("clients") { $0.boolean() }.map { result.countsClients = $0 }
            return result
        }
    }

    /// At 0 % nothing would ever be evidence enough; above 10 % a coin would do.
    private func falseAlarms(_ reader: YAMLReader) -> Double? {
        guard let fraction = reader.percentage() else { return nil }
        guard fraction >= 0.000_001, fraction <= 0.1 else {
            return reader.wrong("a percentage from 0.0001% to 10%", example: "0.1%")
        }
        return fraction
    }
}
