"""Since when a shop's permissions are known, and which deliveries did not say when they were triggered."""

import sqlalchemy as sa
from alembic import op


revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("shop", sa.Column("scopes_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("delivery", sa.Column("timed", sa.Boolean(), server_default=sa.true(), nullable=False))


def downgrade() -> None:
    op.drop_column("delivery", "timed")
    op.drop_column("shop", "scopes_at")
