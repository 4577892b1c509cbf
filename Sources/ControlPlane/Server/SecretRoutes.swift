import Contract
import Hummingbird

/// The API of secrets, under the environment that has them.
struct SecretRoutes: Sendable {
    let control: any SecretControl

    func add(to environment: RouterGroup<PlaneContext>, rotations: RouterGroup<PlaneContext>) {
        let group = environment.group("secrets")
        group.get { _, context in try Response(json: try await control.secrets(context.environment)) }
        group.post("check") { request, context in
            try Response(json: try await control.checkSecrets(context.environment, request.document()))
        }
        group.post("set") { request, context in
            try Response(json: try await control.setSecret(context.environment, request.document()))
        }
        group.post("rotate") { request, context in
            let rotation = try await control.rotateSecret(
                context.environment, request.document(), by: try context.caller(of: request))
            return try Response(json: rotation, status: .accepted)
        }
        rotations.get(":rotation") { _, context in
            try Response(json: try await control.rotation((context.parameters.get("rotation") ?? "").percentDecoded))
        }
    }
}
