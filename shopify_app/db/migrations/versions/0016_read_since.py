
"""How far back a shop's numbers reach while its orders are still being read."""

import sqlalchemy as sa
from alembic import op


revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("shop", sa.Column("read_since", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.drop_column("shop", "read_since")
