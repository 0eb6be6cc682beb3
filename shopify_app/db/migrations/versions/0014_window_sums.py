"""Sums of windows that pages have asked for."""

import sqlalchemy as sa
from alembic import op


revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_SUMS = (
    "customers",
    "repeat_customers",
    "returning_customers",
    "orders",
    "customer_orders",
    "guest_orders",
    "value",
    "customer_value",
    "net",
    "customer_net",
    "returning_net",
)


def upgrade() -> None:
    op.create_table(
        "window_sum",
        sa.Column("shop_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("basis", sa.String(length=8), nullable=False),
        sa.Column("unit", sa.String(length=8), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("known_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kept_on", sa.Date(), nullable=False),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in _SUMS),
        sa.ForeignKeyConstraint(["shop_id"], ["shop.id"], name="fk_window_sum_shop_id_shop"),
        sa.PrimaryKeyConstraint("shop_id", "basis", "unit", "first_day", "last_day", name="pk_window_sum"),
    )


def downgrade() -> None:
    op.drop_table("window_sum")
