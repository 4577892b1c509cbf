import Contract
import Foundation
import HTTPClient

/// What the API and the worker both read.
package struct CommonSettings: Sendable {
    /// The environments in which drills are allowed; in every other one a drill variable stops the module.
    static let drills = VariableCondition(
        variable: SettingsReader.prefix + "ENVIRONMENT", values: ["dev", "development", "staging", "test", "ci"])

    package var environment: String
    package var databaseURL: Credential
    package var storage: StorageSettings
    package var providers: ProviderSettings
    package var port: Int
    package var logLevel: String
    package var maxPages: Int

    package var isProduction: Bool { environment == "production" }

    package init(from reader: inout SettingsReader) {
        environment = Self.environment(from: &reader)
        databaseURL = Self.databaseURL(from: &reader)
        port =
            reader.integer(
                "PORT", "the port to listen on, on 127.0.0.1", default: 8000, minimum: 1, maximum: 65535,
                former: ["PORT", "API_PORT"]) ?? 8000
        logLevel =
            reader.text(
                "LOG_LEVEL", "the least level that is logged", default: "info",
                allowed: ["trace", "debug", "info", "notice", "warning", "error", "critical"], former: ["LOG_LEVEL"])
            ?? "info"
        storage = StorageSettings(from: &reader)
        providers = ProviderSettings(from: &reader)
        maxPages =
            reader.integer(
                "MAX_PAGES", "the most pages that a document may have", default: 500, minimum: 1, maximum: 5000)
            ?? 500
    }

    static func environment(from reader: inout SettingsReader) -> String {
        reader.text(
            "ENVIRONMENT", "the environment's name: dev, staging, production", required: true,
            pattern: "[a-z][a-z0-9-]*", former: ["ENVIRONMENT", "APP_ENV"]) ?? ""
    }

    static func databaseURL(from reader: inout SettingsReader) -> Credential {
        let url = reader.secret(
            "DATABASE_URL", "the database, sqlite:PATH or postgresql://…", format: .databaseURL,
            pattern: "(sqlite:.+|postgres(ql)?://.+)", former: ["DATABASE_URL", "SUPABASE_DB_URL"],
            agreesOn: "database")
        guard let url else { return Credential("") }
        let isKnown = ["sqlite:", "postgresql://", "postgres://"].contains { scheme in
            url.reveal().hasPrefix(scheme) && url.reveal().count > scheme.count
        }
        if !isKnown { reader.refuse("\(SettingsReader.prefix)DATABASE_URL must begin with sqlite: or postgresql://") }
        return url
    }
}

/// Where documents' bytes are kept.
package struct StorageSettings: Sendable {
    /// Where files are kept, or are on their way to Supabase; empty when the settings are wrong.
    package var folder: String
    /// Nil: they are kept in the folder.
    package var supabase: ProviderEndpoint?

    /// Makes the folder if need be.
    package func open(http: any HTTPSending) throws(ObjectStorageError) -> any ObjectStorage {
        guard let supabase else { return try DiskStorage(folder: folder) }
        return try SupabaseStorage(endpoint: supabase, http: http, folder: folder)
    }

    /// On this machine, of this user.
    private static var spool: String { "\(FileManager.default.temporaryDirectory.path)/pipeline-files-\(getuid())" }

    init(from reader: inout SettingsReader) {
        let text = reader.text(
            "STORAGE", "where files are kept: disk:PATH or supabase", required: true, pattern: "(disk:.+|supabase)",
            former: ["STORAGE_PATH"], agreesOn: "storage")
        let supabase = VariableCondition(variable: SettingsReader.prefix + "STORAGE", values: ["supabase"])
        let url = reader.url(
            "SUPABASE_URL", "the Supabase project's address", required: true, former: ["SUPABASE_URL"],
            readWhen: supabase)
        _ = reader.secret(
            "SUPABASE_ANON_KEY", "Supabase's public key", format: .jwt, role: "anon",
            former: ["SUPABASE_KEY", "SUPABASE_ANON_KEY", "ANON_KEY"],
            readWhen: supabase)
        let key = reader.secret(
            "SUPABASE_SERVICE_ROLE_KEY", "Supabase's service key", format: .jwt, role: "service_role",
            former: ["SUPABASE_SERVICE_ROLE_KEY", "SUPABASE_SERVICE_KEY", "SERVICE_ROLE_KEY"], readWhen: supabase)
        let name = SettingsReader.prefix + "STORAGE"
        switch text {
        case nil: folder = ""
        case "supabase"?:
            folder = Self.spool
            self.supabase = key.flatMap { key in url.map { ProviderEndpoint(url: $0, key: key) } }
        case let text? where text.hasPrefix("disk:") && text.count > 5: folder = String(text.dropFirst(5))
        case let text?:
            folder = ""
            reader.refuse("\(name) must be disk:PATH or supabase (it is \"\(text)\")")
        }
    }
}
