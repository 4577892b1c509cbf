/// The ways in which findings are written.
package enum ReportFormat: String, Sendable, CaseIterable {
    /// For people at a terminal.
    case text
    /// One document, on one line.
    case json
    /// SARIF 2.1.0, for code scanning.
    case sarif
    /// Workflow commands, which GitHub shows on the lines of a pull request.
    case github
    /// A page: the summary of a job, or a comment.
    case markdown
}

/// What reports need besides the findings.
package struct ReportContext: Sendable {
    /// The files that were validated: text quotes their lines.
    package var sources: ProjectSources
    package var style: TextStyle
    /// The project's folder below the repository's, with a final `/`; empty when they are the same. Formats that others
    /// read name files relative to the repository.
    package var prefix: String
    /// The address of `docs/rules.md`, when it is known.
    package var documentation: String?

    package init(
        sources: ProjectSources, style: TextStyle = TextStyle(), prefix: String = "", documentation: String? = nil
    ) {
        self.sources = sources
        self.style = style
        self.prefix = prefix
        self.documentation = documentation
    }
}

extension ValidationResult {
    /// The whole report, with a final line feed. It depends on nothing but what was found: not on the order of the findings.
    package func report(_ format: ReportFormat, _ context: ReportContext) throws(ReferenceError) -> String {
        switch format {
        case .text:
            let quotes = SourceQuotes(findings, in: context.sources, try Reference.builtIn())
            return TextReport(result: self, quotes: quotes, style: context.style).text()
        case .json: return JSONReport.document(self).text() + "\n"
        case .sarif: return SARIF.document(self, context).text(indented: true) + "\n"
        case .github: return GitHubReport.annotations(self, prefix: context.prefix)
        case .markdown: return MarkdownReport.page(self)
        }
    }

    /// The findings that count for an environment: its own, and those of the files that it is made of.
    func concerning(_ name: String) -> [Finding] {
        let files = Set(files[name] ?? [])
        let own = findings.filter { $0.environment == name || $0.environment == nil && files.contains($0.place.file) }
        return ReportedFinding.merged(own, files: [:]).map(\.finding)
    }

    var merged: [ReportedFinding] { ReportedFinding.merged(findings, files: files) }
    var mergedIgnored: [ReportedFinding] { ReportedFinding.merged(ignored, files: files) }
}
