import Ledger
import Storage

/// The histories of every table that the pipeline owns, in the order in which they are applied.
package enum PipelineMigrations {
    package static var all: [Migrator] { [DocumentsSchema.migrator, Ledger.migrator] }
}
