/// How differences between what is defined and what runs are watched.
package struct DriftDefinition: Sendable, Equatable {
    /// How long a difference may last before it is alerted.
    package var after: Duration
    /// The time between two looks at secrets whose source has to be asked, such as a command.
    package var secrets: Duration

    package init(after: Duration = .seconds(300), secrets: Duration = .seconds(300)) {
        self.after = after
        self.secrets = secrets
    }
}
