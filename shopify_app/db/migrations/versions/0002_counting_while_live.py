"""What a rebuild beside live webhooks needs, and orders to be asked for again."""

import sqlalchemy as sa
from alembic import op


revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("shop", sa.Column("building", sa.Integer(), nullable=True))
    op.add_column("shop", sa.Column("behind", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("orders", sa.Column("created_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("orders", sa.Column("lines_mark", sa.BigInteger(), server_default=sa.text("0"), nullable=False))
    op.create_index("ix_orders_shop_id_created_at", "orders", ["shop_id", "created_at"])
    op.create_table(
        "touched_buyer",
        sa.Column("shop_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("generation", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("buyer_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(["shop_id"], ["shop.id"], name="fk_touched_buyer_shop_id_shop"),
        sa.PrimaryKeyConstraint("shop_id", "generation", "buyer_id", name="pk_touched_buyer"),
    )
    op.create_table(
        "order_refetch",
        sa.Column("shop_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("order_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("reason", sa.String(length=32), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["shop_id"], ["shop.id"], name="fk_order_refetch_shop_id_shop"),
        sa.PrimaryKeyConstraint("shop_id", "order_id", name="pk_order_refetch"),
    )


def downgrade() -> None:
    op.drop_table("order_refetch")
    op.drop_table("touched_buyer")
    op.drop_index("ix_orders_shop_id_created_at", table_name="orders")
    op.drop_column("orders", "lines_mark")
    op.drop_column("orders", "created_at")
    op.drop_column("shop", "behind")
    op.drop_column("shop", "building")
