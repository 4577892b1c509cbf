import Definitions
import HTTPClient
import Rollouts

/// Asks instances for their OpenMetrics.
enum Exposition {
    struct Failure: Error, Equatable { var reason: String }

    /// All at once, by instance; those without a port are not asked.
    /// - Parameter selectors: what is wanted of them; nil stands for everything.
    static func all(
        of instances: [Instance], paths: Set<String>, of selectors: [SampleSelector]? = nil, _ http: any HTTPSending
    ) async -> [String: Result<OpenMetrics, Failure>] {
        // A contract has one path; a service has one contract.
        guard let path = paths.sorted().first else { return [:] }
        return await withTaskGroup(of: (String, Result<OpenMetrics, Failure>).self) { group in
            for instance in instances {
                guard let url = instance.url else { continue }
                group.addTask { (instance.id, await one("\(url)\(path)", selectors, http)) }
            }
            return await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
        }
    }

    private static func one(
        _ url: String, _ selectors: [SampleSelector]?, _ http: any HTTPSending
    ) async -> Result<OpenMetrics, Failure> {
        do {
            let response = try await http.send(
                HTTPRequest(
                    "GET", url,
                    headers: [("Accept", "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5")],
                    timeout: .seconds(2)))
            guard response.status == 200 else {
                return .failure(Failure(reason: "\(url) answers \(response.status)"))
            }
            return .success(OpenMetrics(response.body, of: selectors))
        } catch { return .failure(Failure(reason: "\(error)")) }
    }

    /// What is wrong with a selector whose name none of the texts has; nil when one has it.
    static func flaw(_ selector: SampleSelector, metric: String, service: String, _ texts: [OpenMetrics]) -> String? {
        guard !texts.contains(where: { $0.knows(selector.name) }) else { return nil }
        let nearest = nearest(to: selector.name, texts)
        return "\(service) exposes no `\(selector.name)`, which the threshold `\(metric)` is about"
            + (nearest.map { "; it exposes `\($0)`." } ?? ".")
    }

    static func nearest(to name: String, _ texts: [OpenMetrics]) -> String? {
        Suggestion.nearest(to: name, among: texts.reduce(into: Set<String>()) { $0.formUnion($1.names) }.sorted())
    }
}

/// A query for one bundle.
enum QueryText {
    static func expand(
        _ query: String, _ request: SignalRequest, _ arm: SignalRequest.Arm, _ instances: [Instance]
    ) -> String {
        QueryPlaceholder.expand(
            query,
            [
                .environment: request.environment, .service: request.service, .release: escaped(arm.release),
                .bundle: arm.bundle.text,
                .instances: instances.compactMap(\.port).sorted().map { "127.0.0.1:\($0)" }.joined(separator: "|"),
            ])
    }

    /// As it stands within quotes.
    private static func escaped(_ text: String) -> String {
        String(text.flatMap { $0 == "\"" || $0 == "\\" ? ["\\", $0] : [$0] })
    }
}
