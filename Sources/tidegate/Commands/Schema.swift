import ArgumentParser
import Definitions

struct SchemaCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "schema", abstract: "The JSON Schema of the environment files.",
        discussion: "For editors. Example: tidegate schema > environments/schema.json")

    @OptionGroup var options: GlobalOptions

    func run() throws {
        Terminal.line(try Reference.builtIn().jsonSchema.text(indented: true))
    }
}
