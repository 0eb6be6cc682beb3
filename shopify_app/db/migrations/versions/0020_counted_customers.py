"""What each customer's kept orders come to, as one row."""

import sqlalchemy as sa
from alembic import op


revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

_SHOP = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "counted_customer",
        sa.Column("shop_id", _SHOP, autoincrement=False, nullable=False),
        sa.Column("generation", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("customer_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("second_day", sa.Date(), nullable=True),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("orders", sa.Integer(), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("earlier", sa.Integer(), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.Column("net", sa.BigInteger(), nullable=False),
        sa.Column("repeat_net", sa.BigInteger(), nullable=False),
        sa.Column("first_order_id", sa.BigInteger(), nullable=False),
        sa.Column("last_order_id", sa.BigInteger(), nullable=False),
        sa.Column("usual_gap", sa.Integer(), nullable=True),
        sa.Column("late_after", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["shop_id"], ["shop.id"], name="fk_counted_customer_shop_id_shop"),
        sa.PrimaryKeyConstraint("shop_id", "generation", "customer_id", name="pk_counted_customer"),
    )
    for column in ("first_day", "last_day", "orders", "net"):
        op.create_index(
            f"ix_counted_customer_shop_id_generation_{column}_customer_id",
            "counted_customer",
            ["shop_id", "generation", column, "customer_id"],
        )
    # Shops that count already have no such rows: the sweeper finds them behind, and a rebuild makes them.
    op.execute("UPDATE shop SET behind = true WHERE EXISTS (SELECT 1 FROM counted_order WHERE shop_id = shop.id)")


def downgrade() -> None:
    op.drop_table("counted_customer")
