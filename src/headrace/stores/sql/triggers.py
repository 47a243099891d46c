"""The triggers that delete a run's page document in the transaction that changes what it holds.

Triggers, and not the code of the writes, so that no writer can forget to.
"""

from __future__ import annotations

from sqlalchemy import DDL, Table, event

# Table to the changes of its rows that reach a document. Summaries change together with the log,
# tags of inputs come with their input; rows of which no deletion stands here go with their run.
CHANGES = {
    "runs": ("UPDATE",),
    "metric_log": ("INSERT",),
    "params": ("INSERT", "UPDATE"),
    "run_tags": ("INSERT", "UPDATE", "DELETE"),
    "run_models": ("INSERT", "UPDATE"),
    "dataset_inputs": ("INSERT",),
}

_SQLITE = """CREATE TRIGGER {name} AFTER {change} ON {table}
BEGIN DELETE FROM run_documents WHERE run_id = {run}; END"""

# A function sees what others committed while its statement waited for a lock; the statement itself,
# and a DELETE that is a part of it, would not.
_POSTGRESQL_FUNCTION = """CREATE OR REPLACE FUNCTION delete_run_document() RETURNS trigger AS $$
BEGIN
    IF TG_TABLE_NAME = 'runs' THEN
        DELETE FROM run_documents WHERE run_id = NEW.id;
    ELSE
        DELETE FROM run_documents WHERE run_id = COALESCE(NEW.run_id, OLD.run_id);
    END IF;
    RETURN NULL;
END
$$ LANGUAGE plpgsql"""
_POSTGRESQL = """CREATE TRIGGER {table}_changed AFTER {changes} ON {table}
FOR EACH ROW EXECUTE FUNCTION delete_run_document()"""


def add_triggers(documents: Table) -> None:
    """Make the triggers whenever the table of the documents is made from its metadata."""
    statements = [("postgresql", _POSTGRESQL_FUNCTION)]
    for table, changes in CHANGES.items():
        documents.add_is_dependent_on(documents.metadata.tables[table])
        statements.append(
            ("postgresql", _POSTGRESQL.format(table=table, changes=" OR ".join(changes)))
        )
        for change in changes:
            run = "OLD.run_id" if change == "DELETE" else "NEW.run_id"
            run = "NEW.id" if table == "runs" else run
            name = f"{table}_{change.lower()}"
            sql = _SQLITE.format(name=name, table=table, change=change, run=run)
            statements.append(("sqlite", sql))
    for dialect, sql in statements:
        ddl = DDL(sql)  # type: ignore[no-untyped-call]
        event.listen(documents, "after_create", ddl.execute_if(dialect=dialect))
