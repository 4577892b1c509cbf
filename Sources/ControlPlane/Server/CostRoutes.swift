import Hummingbird

/// The API of what environments spend.
struct CostRoutes: Sendable {
    let control: any CostControl

    func add(to environment: RouterGroup<PlaneContext>) {
        environment.get("costs") { request, context in
            try Response(
                json: try await control.costs(
                    context.environment, by: request.text("by") ?? "provider", from: request.text("from"),
                    until: request.text("until")))
        }
        environment.get("costs/moves") { request, context in
            try Response(
                json: try await control.moves(
                    context.environment, from: request.text("from") ?? "", to: request.text("to") ?? ""))
        }
        environment.get("costs/check") { _, context in
            try Response(json: try await control.checkCosts(context.environment))
        }
        environment.get("costs/export") { request, context in
            try Response(
                json: try await control.export(
                    context.environment, as: request.text("format") ?? "focus", from: request.text("from"),
                    until: request.text("until")))
        }
        environment.post("costs/import") { request, context in
            let booked = try await control.importCosts(
                context.environment, request.document(upTo: 64 << 20), by: try context.caller(of: request))
            return try Response(json: booked, status: .created)
        }
        environment.post("costs/corrections") { request, context in
            let booked = try await control.correct(
                context.environment, request.document(), by: try context.caller(of: request))
            return try Response(json: booked, status: .created)
        }
        environment.post("costs/reconciliation") { request, context in
            try Response(json: try await control.reconcile(context.environment, request.document()))
        }
        environment.get("limits") { _, context in
            try Response(json: try await control.limits(context.environment))
        }
        environment.post("limits") { request, context in
            try Response(
                json: try await control.raise(
                    context.environment, request.document(), by: try context.caller(of: request)))
        }
        environment.get("limits/changes") { _, context in
            try Response(json: try await control.limitChanges(context.environment))
        }
        environment.post("limits/lift") { request, context in
            try Response(
                json: try await control.lift(
                    context.environment, request.document(), by: try context.caller(of: request)))
        }
        environment.get("prices") { _, context in
            try Response(json: try await control.prices(context.environment))
        }
        environment.post("prices") { request, context in
            let prices = try await control.addPrice(
                context.environment, request.document(), by: try context.caller(of: request))
            return try Response(json: prices, status: .created)
        }
    }
}
