import Contract

/// Where job events go, and how they are signed.
package struct EventSettings: Sendable {
    package var receivers: [EventReceiver]
    /// Nil when there are no receivers.
    package var keys: SigningKeys?

    init(from reader: inout SettingsReader, isProduction: Bool) {
        let name = "EVENT_WEBHOOK_URLS"
        let texts = reader.list(name, "where job events are sent, as signed webhooks; nowhere by default")
        let secret = reader.secret(
            "EVENT_WEBHOOK_SECRET",
            "the keys that sign job events, kid:secret,kid2:secret2, each of 32 bytes or more", format: .signingKeys,
            readWhen: VariableCondition(
                variable: SettingsReader.prefix + name, prefixes: ["http://", "https://", "[\"http"]))
        receivers = []
        keys = nil
        for text in texts {
            do throws(SettingsReader.Unfit) {
                let url = try SettingValues.url(text)
                guard !isProduction || url.hasPrefix("https://") else {
                    throw .init("must be an address that begins with https:// in production")
                }
                receivers.append(EventReceiver(url: url))
            } catch { reader.refuse("\(SettingsReader.prefix)\(name) \(error.reason)") }
        }
        guard let secret else { return }
        do throws(SettingsReader.Unfit) {
            keys = try SigningKeys(secret.reveal())
        } catch { reader.refuse("\(SettingsReader.prefix)EVENT_WEBHOOK_SECRET \(error.reason)") }
    }
}
