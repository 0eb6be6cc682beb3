"""Triggers that keep the ledger as it was written, for both databases; made anew after every migration.

Rows of a shop can be deleted once its key is gone: that is how a shop's purge begins, and without the key nobody could
read what is left.
"""

from sqlalchemy import Connection, inspect

APPEND_ONLY = {
    "points_entry": (("account_id", "seq"), ("cause", "nth")),
    "points_told": (("cause", "number"),),
    "points_anchor": (("number",),),
    "programme_version": (("number",),),
}
"""Tables whose rows are never changed, with what is unique in each beside the shop."""

_SQLITE = (
    "DROP TRIGGER IF EXISTS {table}_changed",
    "DROP TRIGGER IF EXISTS {table}_deleted",
    "CREATE TRIGGER {table}_changed BEFORE UPDATE ON {table} BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END",
    "CREATE TRIGGER {table}_deleted BEFORE DELETE ON {table} "
    "WHEN EXISTS (SELECT 1 FROM shop_key WHERE shop_key.shop_id = OLD.shop_id) "
    "BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END",
    # INSERT OR REPLACE deletes without telling the trigger above.
    "DROP TRIGGER IF EXISTS {table}_replaced",
    "CREATE TRIGGER {table}_replaced BEFORE INSERT ON {table} "
    "WHEN EXISTS (SELECT 1 FROM {table} AS old WHERE old.shop_id = NEW.shop_id AND ({same})) "
    "BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END",
)
_POSTGRESQL = (
    "CREATE OR REPLACE FUNCTION refuse_{table}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
    "IF TG_OP = 'DELETE' AND NOT EXISTS (SELECT 1 FROM shop_key WHERE shop_key.shop_id = OLD.shop_id) THEN "
    "RETURN OLD; END IF; "
    "RAISE EXCEPTION '{table} is append-only' USING ERRCODE = 'restrict_violation'; END $$",
    "DROP TRIGGER IF EXISTS {table}_kept ON {table}",
    "CREATE TRIGGER {table}_kept BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION refuse_{table}()",
    "DROP TRIGGER IF EXISTS {table}_emptied ON {table}",
    "CREATE TRIGGER {table}_emptied BEFORE TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION refuse_{table}()",
)


def make_triggers(connection: Connection) -> None:
    """Make them on every table that is there: an older schema may have none yet."""
    statements = _POSTGRESQL if connection.dialect.name == "postgresql" else _SQLITE
    present = set(inspect(connection).get_table_names())
    for table, keys in APPEND_ONLY.items():
        same = " OR ".join(f"({' AND '.join(f'old.{name} = NEW.{name}' for name in key)})" for key in keys)
        for statement in statements if table in present else ():
            connection.exec_driver_sql(statement.format(table=table, same=same))
