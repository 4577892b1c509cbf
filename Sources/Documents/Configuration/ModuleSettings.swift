/// Settings of a module that stops at once when they are wrong.
package protocol ModuleSettings: Sendable {
    init(from reader: inout SettingsReader)
}

extension ModuleSettings {
    /// Reads everything, then complains about all that is wrong at once.
    package static func load(module: String, environment: [String: String]) throws(SettingsError) -> Self {
        var reader = SettingsReader(environment: environment)
        let settings = Self(from: &reader)
        guard reader.problems.isEmpty else { throw SettingsError(module: module, problems: reader.problems) }
        return settings
    }
}

extension APISettings: ModuleSettings {}
extension WorkerSettings: ModuleSettings {}
