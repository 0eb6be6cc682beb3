"""How Alembic reaches the database: always through a connection that the caller opened."""

from alembic import context

from shopify_app.db.base import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    compare_type=True,
    render_as_batch=False,
)
with context.begin_transaction():
    context.run_migrations()
