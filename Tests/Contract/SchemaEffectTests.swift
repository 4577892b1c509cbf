import Contract
import Testing

@Suite struct SchemaEffectTests {
    @Test(arguments: [
        "CREATE TABLE a (b TEXT NOT NULL UNIQUE)", "create index i on a (b)", "DROP INDEX i",
        "INSERT INTO a VALUES (1)",
        "CREATE INDEX CONCURRENTLY IF NOT EXISTS i ON a (b)", "ALTER TABLE a ADD COLUMN c TEXT",
        "ALTER TABLE a ADD c TEXT, ADD COLUMN IF NOT EXISTS d BIGINT NOT NULL DEFAULT 0",
        "ALTER TABLE a ADD COLUMN c NUMERIC(10, 2)", "-- DROP TABLE a\nCREATE TABLE b (c TEXT)",
        "COMMENT ON TABLE a IS 'DROP TABLE'", "/* DELETE */ ANALYZE a", "",
    ])
    func `what only adds leaves earlier releases alone`(statement: String) {
        #expect(SchemaEffect.of([statement]) == .expand)
    }

    @Test(arguments: [
        "DROP TABLE a", "ALTER TABLE a DROP COLUMN b", "ALTER TABLE a RENAME COLUMN b TO c",
        "ALTER TABLE a RENAME TO b",
        "ALTER TABLE a ADD COLUMN c TEXT NOT NULL", "ALTER TABLE a ADD c TEXT UNIQUE",
        "ALTER TABLE a ALTER COLUMN b SET NOT NULL", "ALTER TABLE a ADD CONSTRAINT c CHECK (b > 0)",
        "ALTER TABLE a ADD c TEXT, DROP COLUMN d", "CREATE UNIQUE INDEX i ON a (b)", "UPDATE a SET b = 1",
        "DELETE FROM a", "TRUNCATE a", "CREATE TRIGGER t", "DO $$ BEGIN DROP TABLE a; END $$",
        "ALTER TABLE \"a b\" DROP c",
        "ALTER TABLE a ADD COLUMN c BIGINT REFERENCES b (id)",
    ])
    func `what takes away, changes or forbids may break earlier releases`(statement: String) {
        #expect(SchemaEffect.of([statement]) == .contract)
    }

    @Test func `on a table of the same migration anything goes`() {
        let new = [
            "CREATE TABLE IF NOT EXISTS a (b TEXT)", "CREATE UNIQUE INDEX i ON a (b)", "ALTER TABLE a DROP COLUMN b",
        ]
        #expect(SchemaEffect.of(new) == .expand)
        #expect(SchemaEffect.of(Array(new.dropFirst())) == .contract)
        #expect(SchemaEffect.of(["CREATE TABLE a (b TEXT)", "DROP TABLE c"]) == .contract)
    }
}
