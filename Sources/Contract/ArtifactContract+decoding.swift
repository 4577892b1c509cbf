extension ArtifactContract {
    /// Reads a contract; what may be left out has the defaults of `init`.
    package init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            service: try values.decode(String.self, forKey: .service),
            variables: try values.decode([VariableDeclaration].self, forKey: .variables),
            portVariable: try values.decode(String.self, forKey: .portVariable),
            paths: try values.decode(ContractPaths.self, forKey: .paths),
            migrations: try values.decodeIfPresent(MigrationContract.self, forKey: .migrations),
            startBudgetSeconds: try values.decode(Int.self, forKey: .startBudgetSeconds),
            drainSeconds: try values.decode(Int.self, forKey: .drainSeconds),
            bindAddress: try values.decodeIfPresent(String.self, forKey: .bindAddress) ?? Self.loopback,
            providers: try values.decodeIfPresent([ProviderContract].self, forKey: .providers) ?? [],
            databases: try values.decodeIfPresent([DatabaseContract].self, forKey: .databases) ?? [],
            queues: try values.decodeIfPresent(QueueContract.self, forKey: .queues),
            checkArguments: try values.decodeIfPresent([String].self, forKey: .checkArguments),
            smokeSuites: try values.decodeIfPresent([String].self, forKey: .smokeSuites) ?? [])
        contract = try values.decode(Int.self, forKey: .contract)
    }
}
