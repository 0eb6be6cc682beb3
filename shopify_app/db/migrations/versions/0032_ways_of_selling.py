"""How each counted order was sold, and what that comes to for each customer."""

import sqlalchemy as sa
from alembic import op


revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

_KEPT = sa.text("basis = 'kept'")


def upgrade() -> None:
    op.add_column("counted_order", sa.Column("sold", sa.String(length=72), server_default="", nullable=False))
    op.add_column("counted_customer", sa.Column("discounted", sa.Integer(), server_default="0", nullable=False))
    op.add_column("counted_customer", sa.Column("channels", sa.Text(), server_default="", nullable=False))
    op.add_column("counted_customer", sa.Column("countries", sa.Text(), server_default="", nullable=False))
    op.create_index(
        "ix_counted_order_shop_id_generation_basis_order_id_buyer_id",
        "counted_order",
        ["shop_id", "generation", "basis", "order_id", "buyer_id"],
        sqlite_where=_KEPT,
        postgresql_where=_KEPT,
    )
    # Shops that count already have rows that do not say so: the sweeper finds them behind, and a rebuild makes them.
    op.execute("UPDATE shop SET behind = true WHERE EXISTS (SELECT 1 FROM counted_order WHERE shop_id = shop.id)")


def downgrade() -> None:
    op.drop_index("ix_counted_order_shop_id_generation_basis_order_id_buyer_id", "counted_order")
    for column in ("countries", "channels", "discounted"):
        op.drop_column("counted_customer", column)
    op.drop_column("counted_order", "sold")
