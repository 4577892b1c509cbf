import Rollouts

extension AlertFacts {
    /// The facts as series that rules look at.
    package func snapshot(now: Timestamp) -> SeriesSnapshot {
        var snapshot = SeriesSnapshot(measured, context: context)
        addRollouts(to: &snapshot, now)
        addServices(to: &snapshot)
        addSpending(to: &snapshot)
        addCertificates(to: &snapshot, now)
        addMachine(to: &snapshot)
        addOthers(to: &snapshot, now)
        return snapshot
    }

    private func addRollouts(to snapshot: inout SeriesSnapshot, _ now: Timestamp) {
        if let last = lastRollout {
            let notes = [
                "why": last.why, "serving": last.serving.map { "\($0) serves" } ?? "nothing serves", "rollout": last.id,
            ]
            let sample = AlertSample(1, labels: ["release": last.release], notes: notes)
            snapshot[.rolloutRolledBack] = .known(last.outcome == .rolledBack ? [sample] : [])
            snapshot[.rolloutRollbackFailed] = .known(last.outcome == .rollbackFailed ? [sample] : [])
        }
        snapshot[.rolloutAge] = .known(
            underway.map { [AlertSample(max(0, (now - $0.since).seconds), notes: ["rollout": $0.id])] } ?? [])
    }

    private func addServices(to snapshot: inout SeriesSnapshot) {
        guard let services else { return }
        snapshot[.serviceDown] = .known(services.filter { $0.desired > 0 }.map(Self.down))
        snapshot[.serviceReady] = .known(
            services.filter { $0.desired > 0 }.map { service in
                AlertSample(
                    Double(service.ready) / Double(service.desired), labels: ["service": service.name],
                    notes: ["ready": "\(service.ready)", "desired": "\(service.desired)"])
            })
        snapshot[.serviceRestarts] = .known(
            services.map { AlertSample(Double($0.restarts), labels: ["service": $0.name]) })
        snapshot[.thresholdBreached] = .known(
            services.map { service in
                let labels = ["service": service.name]
                if let breach = service.breach { return AlertSample(1, labels: labels, notes: ["detail": breach]) }
                return AlertSample(
                    service.isJudged ? .value(0) : .quiet("nobody judges \(service.name) now"), labels: labels)
            })
        snapshot[.errorRate] = .known(
            services.map { service in
                guard let rate = service.errorRate else {
                    return AlertSample(.quiet("too little of it to say"), labels: ["service": service.name])
                }
                return AlertSample(
                    rate.value, labels: ["service": service.name], notes: ["samples": "\(rate.samples)"])
            })
    }

    private static func down(_ service: Service) -> AlertSample {
        let isFailing = service.healthFailures > service.allowedFailures
        let detail =
            isFailing
            ? "An instance of \(service.name) failed \(service.healthFailures) health checks in a row; "
                + "\(service.ready) of \(service.desired) are ready."
            : "None of the \(service.desired) instances of \(service.name) is ready."
        return AlertSample(
            service.ready == 0 || isFailing ? 1 : 0, labels: ["service": service.name], notes: ["detail": detail])
    }

    private func addMachine(to snapshot: inout SeriesSnapshot) {
        if let disk {
            let notes = ["place": disk.place, "available": "\(disk.available >> 10)"]
            snapshot[.diskShort] = .known([AlertSample(disk.isShort ? 1 : 0, notes: notes)])
            snapshot[.diskAvailable] = .known([AlertSample(Double(disk.available), notes: notes)])
        }
        if let machine {
            snapshot[.machineLoad] = .known([AlertSample(machine.load)])
            snapshot[.machineMemory] = .known([AlertSample(machine.memory)])
            snapshot[.machineDisk] = .known([AlertSample(machine.disk, notes: ["place": machine.place])])
        }
    }

    private func addOthers(to snapshot: inout SeriesSnapshot, _ now: Timestamp) {
        if let drift {
            snapshot[.driftLasting] = .known([
                AlertSample(
                    drift.isLasting && drift.verdict != nil ? 1 : 0, notes: ["detail": drift.verdict ?? "nothing"])
            ])
        }
        if let heartbeats {
            snapshot[.heartbeatLate] = .known(
                heartbeats.map { beat in
                    AlertSample(
                        max(0, (now - beat.last - beat.within).seconds), labels: ["heartbeat": beat.name],
                        notes: ["last": beat.hasReported ? beat.last.rfc3339 : "never"])
                })
        }
        if let waiting {
            snapshot[.notificationWaiting] = .known(
                waiting.map {
                    AlertSample(
                        max(0, (now - $0.since).seconds), labels: ["receiver": $0.receiver],
                        notes: ["failure": $0.failure])
                })
        }
    }
}
