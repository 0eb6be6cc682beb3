"""Indexes to find people and their orders by."""

import sqlalchemy as sa
from alembic import op


revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

_SHOP = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_HABIT = sa.text("late_after IS NOT NULL")


def upgrade() -> None:
    op.create_index(
        "ix_counted_customer_habit",
        "counted_customer",
        ["shop_id", "generation", "last_day", "late_after", "customer_id"],
        sqlite_where=_HABIT,
        postgresql_where=_HABIT,
    )


    op.drop_index("ix_orders_shop_id_customer_id", "orders")
    op.create_index("ix_orders_shop_id_customer_id_order_id", "orders", ["shop_id", "customer_id", "order_id"])
    op.create_index("ix_orders_shop_id_name", "orders", ["shop_id", "name"])


def downgrade() -> None:
    op.drop_index("ix_orders_shop_id_name", "orders")
    op.drop_index("ix_orders_shop_id_customer_id_order_id", "orders")
    op.create_index("ix_orders_shop_id_customer_id", "orders", ["shop_id", "customer_id"])
    op.drop_index("ix_counted_customer_habit", "counted_customer")
