"""The database: engines, the one way to write, types, migrations."""
