"""Orders that have stayed unpaid for too long, and how long a shop waits."""

import sqlalchemy as sa
from alembic import op


revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

_IS_PENDING = sa.text("financial_status = 'pending'")


def upgrade() -> None:
    op.add_column("shop", sa.Column("unpaid_days", sa.Integer(), server_default=sa.text("30"), nullable=False))
    for table in ("orders", "order_version"):
        op.add_column(table, sa.Column("given_up_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index(
        "ix_orders_shop_id_placed_at",
        "orders",
        ["shop_id", "placed_at"],
        sqlite_where=_IS_PENDING,
        postgresql_where=_IS_PENDING,
    )


def downgrade() -> None:
    op.drop_index("ix_orders_shop_id_placed_at", "orders")
    for table in ("order_version", "orders"):
        op.drop_column(table, "given_up_at")
    op.drop_column("shop", "unpaid_days")
