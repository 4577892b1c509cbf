import Hummingbird
import NIOCore
import OpenMetrics

/// What Prometheus scrapes: OpenMetrics for whoever asks for it, Prometheus' own text format for others.
struct MetricRoutes: Sendable {
    let control: any Control

    func add(to router: Router<PlaneContext>) {
        router.get("metrics") { request, _ in
            let text = try await control.metrics()
            let isOpen = request.headers[.accept]?.contains("application/openmetrics-text") ?? false
            let type = isOpen ? OpenMetricsText.contentType : OpenMetricsText.prometheusContentType
            return Response(
                status: .ok, headers: [.contentType: type, .cacheControl: "no-store"],
                body: .init(byteBuffer: ByteBuffer(string: isOpen ? text.finished : text.prometheusText)))
        }
    }
}
