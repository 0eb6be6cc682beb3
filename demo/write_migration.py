"""make migration: compares the tables with the migrated schema and writes the difference down."""

import sys
import tempfile

from alembic import command

from shopify_app import app
from shopify_app.db.base import Database
from shopify_app.db.migrate import alembic_config, migrate

TABLES = app


def main(name: str) -> None:
    """Write the next migration, to be read and corrected before it is committed."""
    with tempfile.TemporaryDirectory() as place:
        database = Database(f"sqlite:///{place}/schema.db")
        migrate(database)
        with database.writing.begin() as connection:
            settings = alembic_config()
            settings.attributes["connection"] = connection
            command.revision(settings, name, autogenerate=True)
        database.close()


if __name__ == "__main__":
    if len(sys.argv) != 2 or not sys.argv[1].strip():
        sys.exit('Name it: make migration NAME="Add tiers"')
    main(sys.argv[1])
