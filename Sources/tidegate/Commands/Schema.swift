import ArgumentParser
import ControlPlane
import Definitions

struct SchemaCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "schema", abstract: "The JSON Schema of the environment files.",
        discussion: """
            For editors, which find it by the first line of each file: # yaml-language-server: $schema=schema.json
            The project's contracts suggest the names of services and variables. The schema of contracts themselves is
            printed by tidegate contract --schema.

              tidegate schema > environments/schema.json
            """)

    @OptionGroup var options: GlobalOptions

    func run() throws {
        let sources = try options.findProject().readSources()
        Terminal.line(try Reference.builtIn().jsonSchema(suggesting: sources).text(indented: true))
    }
}
