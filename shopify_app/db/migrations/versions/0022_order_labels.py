"""The country that an order went to, and the discount that it came by."""

import sqlalchemy as sa
from alembic import op


revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("orders", sa.Column("country", sa.String(length=2), nullable=True))
    op.add_column("orders", sa.Column("discount_code", sa.String(length=255), nullable=True))


def downgrade() -> None:
    op.drop_column("orders", "discount_code")
    op.drop_column("orders", "country")
