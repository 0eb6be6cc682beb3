"""Whether an order's prices include tax, and the tax in a refund whose order is not known yet."""

import sqlalchemy as sa
from alembic import op


revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("orders", sa.Column("taxes_included", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("refund", sa.Column("tax", sa.BigInteger(), server_default=sa.text("0"), nullable=False))


def downgrade() -> None:
    op.drop_column("refund", "tax")
    op.drop_column("orders", "taxes_included")
