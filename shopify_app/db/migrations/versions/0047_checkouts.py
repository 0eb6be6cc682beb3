"""Checkouts, and what ties them to orders."""

import sqlalchemy as sa
from alembic import op


revision = "0047"
down_revision = "0046"
branch_labels = None
depends_on = None

_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_INDEXED = ("updated_at", "customer_id", "cart_token", "email_hash", "phone_hash")


def upgrade() -> None:
    op.create_table(
        "checkout",
        sa.Column("shop_id", _BIG, autoincrement=False, nullable=False),
        sa.Column("token", sa.String(length=64), nullable=False),
        sa.Column("cart_token", sa.String(length=64), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=True),
        sa.Column("email_hash", sa.String(length=32), nullable=True),
        sa.Column("phone_hash", sa.String(length=32), nullable=True),
        *(sa.Column(name, sa.DateTime(timezone=True), nullable=False) for name in ("created_at", "updated_at", "known_at")),
        sa.Column("source", sa.String(length=64), nullable=False),
        *(sa.Column(name, sa.DateTime(timezone=True), nullable=True) for name in ("completed_at", "closed_at")),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("lines", sa.Text(), nullable=False),
        sa.Column("recovery", sa.LargeBinary(), nullable=True),
        sa.Column("locale", sa.String(length=16), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("source_name", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["shop_id"], ["shop.id"], name=op.f("fk_checkout_shop_id_shop")),
        sa.PrimaryKeyConstraint("shop_id", "token", name=op.f("pk_checkout")),
    )
    for column in _INDEXED:
        op.create_index(f"ix_checkout_shop_id_{column}", "checkout", ["shop_id", column])
    op.create_table(
        "order_checkout",
        sa.Column("shop_id", _BIG, autoincrement=False, nullable=False),
        sa.Column("order_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("checkout_token", sa.String(length=64), nullable=False),
        sa.Column("cart_token", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["shop_id"], ["shop.id"], name=op.f("fk_order_checkout_shop_id_shop")),
        sa.PrimaryKeyConstraint("shop_id", "order_id", name=op.f("pk_order_checkout")),
    )
    for column in ("checkout_token", "cart_token"):
        op.create_index(f"ix_order_checkout_shop_id_{column}", "order_checkout", ["shop_id", column])
    op.create_table(
        "deleted_cart",
        sa.Column("shop_id", _BIG, autoincrement=False, nullable=False),
        sa.Column("cart_token", sa.String(length=64), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["shop_id"], ["shop.id"], name=op.f("fk_deleted_cart_shop_id_shop")),
        sa.PrimaryKeyConstraint("shop_id", "cart_token", name=op.f("pk_deleted_cart")),
    )


def downgrade() -> None:
    op.drop_table("deleted_cart")
    op.drop_table("order_checkout")
    op.drop_table("checkout")
