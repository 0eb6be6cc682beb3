"""Segments: rules of the merchant's, how many people each named lately, and where scores end."""

import sqlalchemy as sa
from alembic import op


revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

_SHOP = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "segment",
        sa.Column("shop_id", _SHOP, autoincrement=False, nullable=False),
        sa.Column("segment_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["shop_id"], ["shop.id"], name="fk_segment_shop_id_shop"),
        sa.PrimaryKeyConstraint("shop_id", "segment_id", name="pk_segment"),
    )
    op.create_table(
        "segment_count",
        sa.Column("shop_id", _SHOP, autoincrement=False, nullable=False),
        sa.Column("key", sa.String(length=32), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("net", sa.BigInteger(), nullable=False),
        sa.Column("counted_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["shop_id"], ["shop.id"], name="fk_segment_count_shop_id_shop"),
        sa.PrimaryKeyConstraint("shop_id", "key", name="pk_segment_count"),
    )
    op.create_table(
        "rfm_cut",
        sa.Column("shop_id", _SHOP, autoincrement=False, nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("kept_on", sa.Date(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["shop_id"], ["shop.id"], name="fk_rfm_cut_shop_id_shop"),
        sa.PrimaryKeyConstraint("shop_id", name="pk_rfm_cut"),
    )
    op.create_index(
        "ix_order_line_shop_id_product_id_order_id", "order_line", ["shop_id", "product_id", "order_id"]
    )


def downgrade() -> None:
    op.drop_index("ix_order_line_shop_id_product_id_order_id", "order_line")
    op.drop_table("rfm_cut")
    op.drop_table("segment_count")
    op.drop_table("segment")
