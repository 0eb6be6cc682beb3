"""Bringing a database to the newest schema."""

from pathlib import Path

from alembic import command
from alembic.config import Config as AlembicConfig

from shopify_app.db.base import Database
from shopify_app.db.triggers import make_triggers

SCRIPTS = Path(__file__).parent / "migrations"


def migrate(database: Database, revision: str = "head") -> None:
    """Run every migration that is missing, in one transaction, and make the triggers anew."""
    with database.writing.begin() as connection:
        settings = alembic_config()
        settings.attributes["connection"] = connection
        command.upgrade(settings, revision)
        make_triggers(connection)


def alembic_config() -> AlembicConfig:
    """Alembic pointed at our scripts."""
    settings = AlembicConfig()
    settings.set_main_option("script_location", str(SCRIPTS))
    settings.set_main_option("path_separator", "os")
    return settings
