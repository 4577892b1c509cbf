extension ArtifactContract: ContractPart {
    package init(from decoder: any Decoder) throws { try self.init(recordedIn: decoder) }

    /// Reads a contract; what may be left out has the defaults of `init`.
    init(_ fields: some ContractFields<CodingKeys>) throws {
        self.init(
            service: try fields.needed(.service),
            variables: try fields.needed(.variables),
            portVariable: try fields.needed(.portVariable),
            paths: try fields.needed(.paths),
            migrations: try fields.optional(.migrations),
            startBudgetSeconds: try fields.needed(.startBudgetSeconds),
            drainSeconds: try fields.needed(.drainSeconds),
            bindAddress: try fields.optional(.bindAddress) ?? Self.loopback,
            providers: try fields.optional(.providers) ?? [],
            databases: try fields.optional(.databases) ?? [],
            queues: try fields.optional(.queues),
            checkArguments: try fields.optional(.checkArguments),
            smokeSuites: try fields.optional(.smokeSuites) ?? [])
        contract = try fields.needed(.contract)
    }
}
