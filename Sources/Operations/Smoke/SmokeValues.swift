import Secrets

/// What the references of a suite stand for, and what must not be shown.
struct SmokeValues: Sendable {
    /// Names that every suite may use.
    static let builtIn = [
        "release", "bundle", "environment", "stage", "run", "uuid", "service", "config_digest", "liveness", "readiness",
    ]
    /// Names that every suite may use with a service after them, such as `readiness.api`.
    static let byService = ["config_digest.", "liveness.", "readiness."]

    private var known: [String: JSON]
    private let secrets: [String: Secret]
    private let makeUUID: @Sendable () -> String
    private var hidden: [Secret]

    init(known: [String: String], secrets: [String: Secret], makeUUID: @escaping @Sendable () -> String) {
        self.known = known.mapValues { .string($0) }
        self.secrets = secrets
        self.makeUUID = makeUUID
        hidden = Array(secrets.values)
    }

    func value(of reference: String) throws(SmokeFailure) -> JSON {
        if reference == "uuid" { return .string(makeUUID()) }
        if let name = reference.split(separator: ":", maxSplits: 1).last, reference.hasPrefix("secret:") {
            guard let secret = secrets[String(name)] else { throw .unknownSecret(String(name)) }
            return .string(secret.reveal())
        }
        guard let value = known[reference] else { throw .unknownValue(reference) }
        return value
    }

    func has(_ reference: String) -> Bool {
        reference == "uuid" || reference.hasPrefix("secret:") || known[reference] != nil
    }

    mutating func save(_ value: JSON, as name: String) {
        known[name] = value
        if SmokeValues.isSensitive(name) { hide(value.text) }
    }

    /// From here on the text is masked wherever it would be shown.
    mutating func hide(_ text: String) { hidden.append(Secret(text)) }

    /// Whether a member or header of that name holds something to hide.
    static func isSensitive(_ name: String) -> Bool {
        let name = name.lowercased()
        return ["token", "password", "secret", "authorization", "signature", "signed", "cookie", "api_key", "apikey"]
            .contains { name.contains($0) }
    }

    func mask(_ text: String) -> String { Redactor(hidden).mask(text) }

    /// An answer's body on one line, short enough for a message, without what must not be shown.
    func shown(_ body: [UInt8], limit: Int = 200) -> String {
        let text =
            JSON(parsing: body).map { Self.withoutSensitive($0).compact } ?? String(decoding: body, as: UTF8.self)
        // Masked first: with other white space a secret would not be recognized.
        let line = mask(text).split(whereSeparator: \.isWhitespace).joined(separator: " ")
        return line.count > limit ? "\(line.prefix(limit))…" : line
    }

    private static func withoutSensitive(_ value: JSON) -> JSON {
        switch value {
        case .object(let members):
            .object(
                members.reduce(into: [:]) { shown, member in
                    let isText = if case .string = member.value { true } else { false }
                    shown[member.key] =
                        isText && isSensitive(member.key) ? .string("•••") : withoutSensitive(member.value)
                })
        case .array(let elements): .array(elements.map(withoutSensitive))
        default: value
        }
    }
}

/// Why a step did not pass. Its text is shown after the step's name, once masked.
enum SmokeFailure: Error, Sendable, Equatable {
    case unknownValue(String)
    case unknownSecret(String)
    case noAddress(service: String)
    /// No answer at all.
    case noAnswer(String)
    /// An answer that was not the expected one.
    case unexpected(String)
    case nothingToSave(path: String, name: String, answer: String)
    case outOfTime(String)
    case cannotMake(String)

    var text: String {
        switch self {
        case .unknownValue(let name):
            "nothing is known by the name ${\(name)}: save it in an earlier step, or hand it in"
        case .unknownSecret(let name):
            "the bundle has no secret \(name): define it in the environment's secrets"
        case .noAddress(let service):
            "the service \(service) has no address here: it is not running, or not yet"
        case .noAnswer(let why), .unexpected(let why), .outOfTime(let why), .cannotMake(let why):
            why
        case .nothingToSave(let path, let name, let answer):
            "nothing at \(path) to save as \(name); the answer was \(answer)"
        }
    }
}
