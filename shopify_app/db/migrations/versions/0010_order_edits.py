"""What edits and exchanges changed of an order, and what of that each version knew."""

import sqlalchemy as sa
from alembic import op


revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "order_edit",
        sa.Column("shop_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("edit_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("edited_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("gross", sa.BigInteger(), nullable=False),
        sa.Column("discount", sa.BigInteger(), nullable=False),
        sa.Column("removed", sa.BigInteger(), nullable=False),
        sa.Column("pieces", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["shop_id"], ["shop.id"], name="fk_order_edit_shop_id_shop"),
        sa.PrimaryKeyConstraint("shop_id", "edit_id", name="pk_order_edit"),
    )
    op.create_index("ix_order_edit_shop_id_order_id", "order_edit", ["shop_id", "order_id"])
    for name in ("added", "removed"):
        op.add_column("order_version", sa.Column(name, sa.BigInteger(), server_default=sa.text("0"), nullable=False))


def downgrade() -> None:
    for name in ("removed", "added"):
        op.drop_column("order_version", name)
    op.drop_index("ix_order_edit_shop_id_order_id", "order_edit")
    op.drop_table("order_edit")
