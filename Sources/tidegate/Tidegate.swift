import ArgumentParser

struct Tidegate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tidegate",
        abstract: "Lets releases out, and takes them back by itself.",
        discussion: """
            A first rollout:

              tidegate validate dev
              tidegate release create v1 --from build/artifacts
              tidegate rollout dev --release v1

            Exit codes: 0 done, 1 usage, 2 definition invalid, 3 cannot reach, 4 check failed, 5 rolled back clean,
            6 rollback failed, 7 refused or aborted, 8 lock held, 10 plan has changes, 124 timed out, 130 interrupted.
            """,
        groupedSubcommands: [
            CommandGroup(
                name: "Releasing",
                subcommands: [
                    ReleaseCommand.self, PlanCommand.self, RolloutCommand.self, PromoteCommand.self,
                    RollbackCommand.self,
                    PauseCommand.self, ResumeCommand.self, ApproveCommand.self, AbortCommand.self,
                    RetryCommand.self,
                ]),
            CommandGroup(name: "Gates", subcommands: [FreezeCommand.self, EvidenceCommand.self, IncidentCommand.self]),
            CommandGroup(
                name: "Looking",
                subcommands: [
                    StatusCommand.self, DriftCommand.self, HistoryCommand.self, ShowCommand.self, LogsCommand.self,
                    SmokeCommand.self, BaselineCommand.self,
                    AlertsCommand.self, SilenceCommand.self, CostCommand.self,
                ]),
            CommandGroup(
                name: "Defining",
                subcommands: [ValidateCommand.self, SchemaCommand.self, ContractCommand.self, SecretsCommand.self]),
            CommandGroup(name: "Running", subcommands: [ServeCommand.self, StopCommand.self, DoctorCommand.self]),
        ])
}
