import OpenMetrics

extension OpenMetricsText {
    /// What the process is (OpenTelemetry's resource, as Prometheus' `target_info` has it).
    package mutating func target(service: String, identity: InstanceIdentity) {
        info(
            "target", "What runs here.",
            [
                "service_name": service, "service_version": identity.release,
                "service_instance_id": identity.instance, "tidegate_bundle": identity.bundle,
            ])
    }

    package mutating func breakers(_ breakers: [GuardedCalls]) {
        family("pipeline_provider_breaker", "gauge", "Breakers of providers: 0 closed, 1 half open, 2 open.")
        for breaker in breakers {
            let value = ["closed": 0, "half_open": 1, "open": 2][breaker.stateName] ?? 0
            sample("pipeline_provider_breaker", ["provider": breaker.provider], value)
        }
    }
}
